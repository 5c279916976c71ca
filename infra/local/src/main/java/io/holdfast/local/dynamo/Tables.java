package io.holdfast.local.dynamo;

import io.holdfast.local.template.Resource.Table;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeDefinition;
import software.amazon.awssdk.services.dynamodb.model.BillingMode;
import software.amazon.awssdk.services.dynamodb.model.CreateTableRequest;
import software.amazon.awssdk.services.dynamodb.model.DescribeTimeToLiveResponse;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.GlobalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.KeySchemaElement;
import software.amazon.awssdk.services.dynamodb.model.KeyType;
import software.amazon.awssdk.services.dynamodb.model.LocalSecondaryIndex;
import software.amazon.awssdk.services.dynamodb.model.LocalSecondaryIndexDescription;
import software.amazon.awssdk.services.dynamodb.model.Projection;
import software.amazon.awssdk.services.dynamodb.model.ResourceInUseException;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Makes the template's tables; one that is there from an earlier start stays, with its items. */
public final class Tables {
    private final DynamoDbClient client;

    /** Makes tables by this client. */
    public Tables(DynamoDbClient client) {
        this.client = client;
    }

    /**
     * Makes a table, unless it is there.
     *
     * @throws IllegalStateException if it is there with other keys or indexes, in words for a
     *     person
     */
    public void create(Table table) {
        CreateTableRequest wanted = request(table);
        try {
            client.createTable(wanted);
        } catch (ResourceInUseException e) {
            TableDescription present = client.describeTable(b -> b.tableName(table.name())).table();
            if (!shape(present).equals(shape(wanted))) {
                throw new IllegalStateException(
                        "The table "
                                + table.name()
                                + " is there from an earlier start with other keys or indexes than"
                                + " the template's; use another data directory, or delete this one",
                        e);
            }
        }
        table.timeToLive().ifPresent(attribute -> expire(table.name(), attribute));
    }

    private void expire(String table, String attribute) {
        DescribeTimeToLiveResponse present = client.describeTimeToLive(b -> b.tableName(table));
        if (present.timeToLiveDescription().timeToLiveStatus() == TimeToLiveStatus.DISABLED) {
            client.updateTimeToLive(
                    b ->
                            b.tableName(table)
                                    .timeToLiveSpecification(
                                            t -> t.enabled(true).attributeName(attribute)));
        }
    }

    private static CreateTableRequest request(Table table) {
        CreateTableRequest.Builder request =
                CreateTableRequest.builder()
                        .tableName(table.name())
                        .billingMode(BillingMode.PAY_PER_REQUEST)
                        .keySchema(keys(table.key()))
                        .attributeDefinitions(
                                table.attributes().entrySet().stream()
                                        .map(
                                                e ->
                                                        AttributeDefinition.builder()
                                                                .attributeName(e.getKey())
                                                                .attributeType(e.getValue())
                                                                .build())
                                        .toList());
        // An empty list is not the same as none.
        if (!table.globalIndexes().isEmpty()) {
            request.globalSecondaryIndexes(
                    table.globalIndexes().stream()
                            .map(
                                    index ->
                                            GlobalSecondaryIndex.builder()
                                                    .indexName(index.name())
                                                    .keySchema(keys(index.key()))
                                                    .projection(projection(index))
                                                    .build())
                            .toList());
        }
        if (!table.localIndexes().isEmpty()) {
            request.localSecondaryIndexes(
                    table.localIndexes().stream()
                            .map(
                                    index ->
                                            LocalSecondaryIndex.builder()
                                                    .indexName(index.name())
                                                    .keySchema(keys(index.key()))
                                                    .projection(projection(index))
                                                    .build())
                            .toList());
        }
        return request.build();
    }

    private static List<KeySchemaElement> keys(Table.Key key) {
        List<KeySchemaElement> keys = new ArrayList<>();
        keys.add(element(key.hash(), KeyType.HASH));
        key.range().ifPresent(range -> keys.add(element(range, KeyType.RANGE)));
        return keys;
    }

    private static KeySchemaElement element(String attribute, KeyType type) {
        return KeySchemaElement.builder().attributeName(attribute).keyType(type).build();
    }

    private static Projection projection(Table.Index index) {
        Projection.Builder projection = Projection.builder().projectionType(index.projection());
        return index.included().isEmpty()
                ? projection.build()
                : projection.nonKeyAttributes(index.included()).build();
    }

    /** The keys of the table (under no name) and of each index. */
    private static Map<String, List<KeySchemaElement>> shape(CreateTableRequest request) {
        Map<String, List<KeySchemaElement>> shape = new HashMap<>();
        shape.put("", request.keySchema());
        request.globalSecondaryIndexes().forEach(i -> shape.put(i.indexName(), i.keySchema()));
        request.localSecondaryIndexes().forEach(i -> shape.put(i.indexName(), i.keySchema()));
        return shape;
    }

    private static Map<String, List<KeySchemaElement>> shape(TableDescription table) {
        Map<String, List<KeySchemaElement>> shape = new HashMap<>();
        shape.put("", table.keySchema());
        for (GlobalSecondaryIndexDescription index : table.globalSecondaryIndexes()) {
            shape.put(index.indexName(), index.keySchema());
        }
        for (LocalSecondaryIndexDescription index : table.localSecondaryIndexes()) {
            shape.put(index.indexName(), index.keySchema());
        }
        return shape;
    }
}
