package io.holdfast.session;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.chunk.UiMessage;
import io.holdfast.chunk.UiMessageJson;
import io.holdfast.platform.Item;
import io.holdfast.platform.Json;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.Slices;

import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * The messages of conversations.
 *
 * <p>Items under {@code SESSION#<id>}: {@code MESSAGE#<position>} for each; a long message goes on
 * in {@code MESSAGE#<position>#<slice>}, because an item holds 400 KB at most (DynamoDB, "Service
 * quotas").
 */
public final class MessageStore {
    private static final String MESSAGE = "MESSAGE#";

    private final RecordTable table;

    /** The messages in this table. */
    public MessageStore(RecordTable table) {
        this.table = table;
    }

    /**
     * The newest messages of a conversation before a position, oldest first.
     *
     * @param position the position after the last message wanted
     * @param maxMessages how many at most
     * @param maxCharacters how many characters of JSON at most, in all; the newest are kept
     */
    public List<StoredMessage> before(
            Session session, long position, int maxMessages, int maxCharacters) {
        Deque<StoredMessage> newest = new ArrayDeque<>();
        List<String> slices = new ArrayList<>();
        int characters = 0;
        Map<String, AttributeValue> after = null;
        if (position <= 0) {
            return List.of();
        }
        do {
            RecordTable.Page page =
                    table.query(
                            SessionItems.pk(session.id()),
                            messageSk(0),
                            messageSk(position - 1) + "#~",
                            false,
                            100,
                            after);
            for (Item item : page.items()) {
                // Backwards, so a message's last slice comes first.
                slices.addFirst(item.text("json"));
                if (item.text("sk").indexOf('#', MESSAGE.length()) >= 0) {
                    continue;
                }
                String json = String.join("", slices);
                slices.clear();
                long at = item.number("position");
                if (session.cuts().contain(at)) {
                    continue;
                }
                characters += json.length();
                if (newest.size() >= maxMessages || characters > maxCharacters) {
                    return List.copyOf(newest);
                }
                newest.addFirst(new StoredMessage(at, decode(Json.readStored(json))));
            }
            after = page.next();
        } while (after != null);
        return List.copyOf(newest);
    }

    /** The message at a position, though it may have been cut since; empty if there is none. */
    public Optional<UiMessage> find(SessionId session, long position) {
        List<Item> slices = table.all(SessionItems.pk(session), messageSk(position));
        return slices.isEmpty()
                ? Optional.empty()
                : Optional.of(decode(Json.readStored(json(slices))));
    }

    /** What became of changing a stored message. */
    public enum Changed {
        /** It is another now. */
        CHANGED,
        /** It is as it was. */
        AS_BEFORE,
        /** There is none, or it was cut away. */
        ABSENT
    }

    /**
     * Changes a stored message.
     *
     * @throws IllegalStateException if another change crossed this one: it can be tried again
     */
    public Changed change(SessionId id, long position, UnaryOperator<UiMessage> change) {
        List<Item> slices = table.all(SessionItems.pk(id), messageSk(position));
        boolean isCut =
                SessionItems.find(table, id)
                        .map(item -> SessionItems.decode(id, item).cuts().contain(position))
                        .orElse(true);
        if (slices.isEmpty() || isCut) {
            return Changed.ABSENT;
        }
        String json = json(slices);
        UiMessage changed = change.apply(decode(Json.readStored(json)));
        String changedJson = Json.write(UiMessageJson.write(changed));
        if (changedJson.equals(json)) {
            // Whoever puts a result into its place again and again need not write it again.
            return Changed.AS_BEFORE;
        }
        List<String> changedSlices = Slices.of(changedJson);
        List<TransactWriteItem> writes = putSlices(id, position, changedSlices);
        // A shorter one must not go on in what is left of the longer.
        List<Item> left = slices.subList(Math.min(writes.size(), slices.size()), slices.size());
        left.forEach(slice -> writes.add(table.deleting(SessionItems.pk(id), slice.text("sk"))));
        writes.set(0, rewriting(slices.getFirst(), changedSlices.getFirst()));
        if (!table.transact(writes)) {
            throw new IllegalStateException("Another write crossed the change of a message");
        }
        return Changed.CHANGED;
    }

    /**
     * The write that changes a message's first slice, if nobody has changed the message since it
     * was read: two results may come into one answer at once, and neither shall take the other out.
     */
    private TransactWriteItem rewriting(Item slice, String json) {
        long version = slice.optionalNumber("version").orElse(0L);
        return table.changing(
                slice.text("pk"),
                slice.text("sk"),
                new Change(
                        "SET json = :json, version = :version",
                        version == 0
                                ? "attribute_exists(pk) AND attribute_not_exists(version)"
                                : "version = :known",
                        List.of(),
                        version == 0
                                ? Item.empty().text("json", json).number("version", 1)
                                : Item.empty()
                                        .text("json", json)
                                        .number("version", version + 1)
                                        .number("known", version)));
    }

    private static String json(List<Item> slices) {
        return slices.stream().map(slice -> slice.text("json")).collect(Collectors.joining());
    }

    /** The writes that store a message. */
    List<TransactWriteItem> putting(SessionId session, long position, UiMessage message) {
        return putSlices(session, position, Slices.of(Json.write(UiMessageJson.write(message))));
    }

    private List<TransactWriteItem> putSlices(
            SessionId session, long position, List<String> slices) {
        List<TransactWriteItem> writes = new ArrayList<>();
        for (int slice = 0; slice < slices.size(); slice++) {
            String sk = messageSk(position);
            Item item =
                    Item.at(
                                    SessionItems.pk(session),
                                    slice == 0 ? sk : sk + "#%03d".formatted(slice))
                            .number("position", position)
                            .text("json", slices.get(slice));
            writes.add(table.putting(item));
        }
        return writes;
    }

    /** A message that the record holds; {@link IllegalStateException} if it is not one. */
    public static UiMessage decode(JsonNode json) {
        return switch (UiMessageJson.decode(json)) {
            case UiMessageJson.Decoded.Valid(UiMessage message) -> message;
            case UiMessageJson.Decoded.Invalid(String reason) ->
                    throw new IllegalStateException("A stored message is not valid: " + reason);
        };
    }

    private static String messageSk(long position) {
        return MESSAGE + "%012d".formatted(position);
    }
}
