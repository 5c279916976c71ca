package io.holdfast.platform;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.Delete;
import software.amazon.awssdk.services.dynamodb.model.Put;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;
import software.amazon.awssdk.services.dynamodb.model.TransactionCanceledException;
import software.amazon.awssdk.services.dynamodb.model.Update;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The one DynamoDB table that holds the record: items by {@code pk} and {@code sk}. */
public final class RecordTable {
    private final DynamoDbClient dynamoDb;
    private final String name;

    /** The table of this name. */
    public RecordTable(DynamoDbClient dynamoDb, String name) {
        this.dynamoDb = dynamoDb;
        this.name = name;
    }

    /** The item at a key, read consistently. */
    public Optional<Item> get(String pk, String sk) {
        Map<String, AttributeValue> attributes =
                dynamoDb.getItem(
                                request ->
                                        request.tableName(name)
                                                .key(key(pk, sk))
                                                .consistentRead(true))
                        .item();
        return attributes.isEmpty() ? Optional.empty() : Optional.of(Item.of(attributes));
    }

    /** Writes an item over whatever is there. */
    public void put(Item item) {
        dynamoDb.putItem(request -> request.tableName(name).item(item.attributes()));
    }

    /** Removes the item at a key, if there is one. */
    public void delete(String pk, String sk) {
        dynamoDb.deleteItem(request -> request.tableName(name).key(key(pk, sk)));
    }

    /** Removes the item at a key if an attribute of it is this text. */
    public void deleteIf(String pk, String sk, String attribute, String value) {
        try {
            dynamoDb.deleteItem(
                    request ->
                            request.tableName(name)
                                    .key(key(pk, sk))
                                    .conditionExpression("#attribute = :value")
                                    .expressionAttributeNames(Map.of("#attribute", attribute))
                                    .expressionAttributeValues(
                                            Map.of(":value", AttributeValue.fromS(value))));
        } catch (ConditionalCheckFailedException e) {
            // It is not there, or is another's now.
        }
    }

    /** Removes all items of one {@code pk} whose {@code sk} begins with a prefix. */
    public void deleteAll(String pk, String skPrefix) {
        Page page;
        do {
            // From the beginning each time: what was read is gone.
            page = query(pk, first(skPrefix), skPrefix + Character.MAX_VALUE, true, 100, null);
            page.items().forEach(item -> delete(item.text("pk"), item.text("sk")));
        } while (page.next() != null);
    }

    /** The first {@code sk} of a prefix: DynamoDB takes no empty one. */
    private static String first(String skPrefix) {
        return skPrefix.isEmpty() ? " " : skPrefix;
    }

    /**
     * Changes an item and returns it as it is then; empty if the condition does not hold.
     *
     * <p>Names in the expressions are written {@code #name}, values {@code :name}; names are taken
     * from the values' keys and need no further mention unless they have no value.
     */
    public Optional<Item> update(String pk, String sk, Change change) {
        try {
            UpdateItemResponse response =
                    dynamoDb.updateItem(
                            request ->
                                    request.tableName(name)
                                            .key(key(pk, sk))
                                            .updateExpression(change.expression())
                                            .conditionExpression(change.condition())
                                            .expressionAttributeNames(change.nameMap())
                                            .expressionAttributeValues(change.valueMap())
                                            .returnValues(ReturnValue.ALL_NEW));
            return Optional.of(Item.of(response.attributes()));
        } catch (ConditionalCheckFailedException e) {
            return Optional.empty();
        }
    }

    /** A write of a transaction that puts an item over whatever is there. */
    public TransactWriteItem putting(Item item) {
        return TransactWriteItem.builder()
                .put(Put.builder().tableName(name).item(item.attributes()).build())
                .build();
    }

    /** A write of a transaction that removes an item. */
    public TransactWriteItem deleting(String pk, String sk) {
        return TransactWriteItem.builder()
                .delete(Delete.builder().tableName(name).key(key(pk, sk)).build())
                .build();
    }

    /**
     * A write of a transaction that removes an item under a condition.
     *
     * @param values what the condition names with {@code :}, by that name without the colon
     */
    public TransactWriteItem removing(String pk, String sk, String condition, Item values) {
        return TransactWriteItem.builder()
                .delete(
                        Delete.builder()
                                .tableName(name)
                                .key(key(pk, sk))
                                .conditionExpression(condition)
                                .expressionAttributeValues(valueMap(values))
                                .build())
                .build();
    }

    /** A write of a transaction that puts an item where there is none. */
    public TransactWriteItem creating(Item item) {
        return TransactWriteItem.builder()
                .put(
                        Put.builder()
                                .tableName(name)
                                .item(item.attributes())
                                .conditionExpression("attribute_not_exists(pk)")
                                .build())
                .build();
    }

    /** A write of a transaction that changes an item under its condition. */
    public TransactWriteItem changing(String pk, String sk, Change change) {
        return TransactWriteItem.builder()
                .update(
                        Update.builder()
                                .tableName(name)
                                .key(key(pk, sk))
                                .updateExpression(change.expression())
                                .conditionExpression(change.condition())
                                .expressionAttributeNames(change.nameMap())
                                .expressionAttributeValues(change.valueMap())
                                .build())
                .build();
    }

    /**
     * Writes all of it or nothing; false if a condition did not hold or another writer was there.
     */
    public boolean transact(List<TransactWriteItem> writes) {
        try {
            dynamoDb.transactWriteItems(request -> request.transactItems(writes));
            return true;
        } catch (TransactionCanceledException e) {
            boolean contended =
                    e.cancellationReasons().stream()
                            .map(reason -> reason.code() == null ? "None" : reason.code())
                            .anyMatch(
                                    code ->
                                            code.equals("ConditionalCheckFailed")
                                                    || code.equals("TransactionConflict"));
            if (contended) {
                return false;
            }
            throw e;
        }
    }

    /**
     * A page of the items of one {@code pk}, read consistently.
     *
     * @param skFrom the first {@code sk}, included
     * @param skTo the last {@code sk}, included
     * @param ascending whether the lowest {@code sk} comes first
     * @param after where the page before ended, absent for the first
     */
    public Page query(
            String pk,
            String skFrom,
            String skTo,
            boolean ascending,
            int limit,
            @Nullable Map<String, AttributeValue> after) {
        QueryRequest.Builder request =
                QueryRequest.builder()
                        .tableName(name)
                        .keyConditionExpression("pk = :pk AND sk BETWEEN :from AND :to")
                        .expressionAttributeValues(
                                Map.of(
                                        ":pk", AttributeValue.fromS(pk),
                                        ":from", AttributeValue.fromS(skFrom),
                                        ":to", AttributeValue.fromS(skTo)))
                        .scanIndexForward(ascending)
                        .consistentRead(true)
                        .limit(limit);
        return page(request, after);
    }

    /** All items of one {@code pk} whose {@code sk} begins with a prefix; for few, small items. */
    public List<Item> all(String pk, String skPrefix) {
        List<Item> items = new ArrayList<>();
        Map<String, AttributeValue> after = null;
        do {
            Page page =
                    query(pk, first(skPrefix), skPrefix + Character.MAX_VALUE, true, 100, after);
            items.addAll(page.items());
            after = page.next();
        } while (after != null);
        return items;
    }

    /**
     * Items of an index with one hash value and a number up to a bound, the lowest first; an index
     * lags behind the table.
     */
    public List<Item> index(
            String index, String hash, String value, String range, long upTo, int limit) {
        return dynamoDb
                .query(
                        request ->
                                request.tableName(name)
                                        .indexName(index)
                                        .keyConditionExpression("#hash = :hash AND #range <= :upTo")
                                        .expressionAttributeNames(
                                                Map.of("#hash", hash, "#range", range))
                                        .expressionAttributeValues(
                                                Map.of(
                                                        ":hash",
                                                        AttributeValue.fromS(value),
                                                        ":upTo",
                                                        AttributeValue.fromN(Long.toString(upTo))))
                                        .limit(limit))
                .items()
                .stream()
                .map(Item::of)
                .toList();
    }

    /**
     * A page of an index's items with one hash value, those with the highest number first; an index
     * lags behind the table.
     *
     * @param after the keys of the table and of the index where the page before ended, absent for
     *     the first
     */
    public Page latest(
            String index,
            String hash,
            String value,
            String range,
            int limit,
            @Nullable Map<String, AttributeValue> after) {
        QueryRequest.Builder request =
                QueryRequest.builder()
                        .tableName(name)
                        .indexName(index)
                        .keyConditionExpression("#hash = :hash AND #range > :first")
                        .expressionAttributeNames(Map.of("#hash", hash, "#range", range))
                        .expressionAttributeValues(
                                Map.of(
                                        ":hash", AttributeValue.fromS(value),
                                        ":first", AttributeValue.fromN("0")))
                        .scanIndexForward(false)
                        .limit(limit);
        return page(request, after);
    }

    private Page page(QueryRequest.Builder request, @Nullable Map<String, AttributeValue> after) {
        if (after != null) {
            request.exclusiveStartKey(after);
        }
        var response = dynamoDb.query(request.build());
        return new Page(
                response.items().stream().map(Item::of).toList(),
                response.hasLastEvaluatedKey() && !response.lastEvaluatedKey().isEmpty()
                        ? response.lastEvaluatedKey()
                        : null);
    }

    private static Map<String, AttributeValue> valueMap(Item values) {
        Map<String, AttributeValue> map = new HashMap<>();
        values.attributes().forEach((attribute, value) -> map.put(":" + attribute, value));
        return map;
    }

    private static Map<String, AttributeValue> key(String pk, String sk) {
        return Map.of("pk", AttributeValue.fromS(pk), "sk", AttributeValue.fromS(sk));
    }

    /** Some items, and where the next page begins; absent after the last. */
    public record Page(List<Item> items, @Nullable Map<String, AttributeValue> next) {
        public Page {
            items = List.copyOf(items);
        }
    }

    /**
     * A change of one item under a condition.
     *
     * @param expression DynamoDB's update expression
     * @param condition DynamoDB's condition expression, absent if the change is always right
     * @param names attributes that the expressions name with {@code #}
     * @param values what the expressions name with {@code :}, by that name without the colon
     */
    public record Change(
            String expression, @Nullable String condition, List<String> names, Item values) {

        public Change {
            names = List.copyOf(names);
        }

        private @Nullable Map<String, String> nameMap() {
            Map<String, String> map = new HashMap<>();
            names.forEach(attribute -> map.put("#" + attribute, attribute));
            return map.isEmpty() ? null : map;
        }

        private @Nullable Map<String, AttributeValue> valueMap() {
            Map<String, AttributeValue> map = RecordTable.valueMap(values);
            return map.isEmpty() ? null : map;
        }
    }
}
