package io.holdfast.operation;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.operation.Operation.Outcome;
import io.holdfast.platform.Item;
import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.turn.CallId;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Operations in the record.
 *
 * <p>Items under {@code OPERATION#<id>}: {@code OPERATION}, {@code DELIVERY#<id>} for each thing
 * that an outside service has posted about it, and {@code LATE#<id>} for each that came after its
 * end. Under {@code SESSION#<id>}: {@code OPERATION#<time>#<id>}, to list them. An operation ends
 * once.
 */
public final class OperationStore {
    /** Services that post again do it within days (Standard Webhooks, "Retry schedule"). */
    private static final Duration DELIVERY_LIFE = Duration.ofDays(14);

    private static final String OPERATION = "OPERATION";
    private static final String DELIVERY = "DELIVERY#";
    private static final String LATE = "LATE#";
    private static final String OF_SESSION = "OPERATION#";

    /** Of the late words about one operation, so many are told. */
    private static final int MAX_LATE = 100;

    private final RecordTable table;

    /** The operations in this table. */
    public OperationStore(RecordTable table) {
        this.table = table;
    }

    /** The operation of an id. */
    public Optional<Operation> find(OperationId id) {
        return table.get(pk(id), OPERATION).map(item -> decode(id, item));
    }

    /**
     * Stores an operation, or the new token of one whose start is tried again; false if it has
     * ended meanwhile.
     */
    boolean begin(Operation operation) {
        Item item =
                Item.at(pk(operation.id()), OPERATION)
                        .text("turn", operation.turn().value())
                        .number("step", operation.call().step())
                        .number("index", operation.call().index())
                        .text("toolCallId", operation.toolCallId())
                        .text("session", operation.session().value())
                        .text("user", operation.user().value())
                        .text("tool", operation.tool())
                        .number("detached", operation.detached() ? 1 : 0)
                        .text("taskToken", operation.taskToken())
                        .time("createdAt", operation.createdAt());
        Item listed =
                Item.at(sessionPk(operation.session()), OF_SESSION + place(operation))
                        .text("operation", operation.id().value());
        Change again =
                new Change(
                        "SET taskToken = :token",
                        "attribute_exists(pk) AND attribute_not_exists(outcome)",
                        List.of(),
                        Item.empty().text("token", operation.taskToken()));
        if (table.transact(List.of(table.creating(item), table.putting(listed)))
                || table.update(pk(operation.id()), OPERATION, again).isPresent()) {
            return true;
        }
        if (find(operation.id()).isEmpty()) {
            throw new IllegalStateException("Another write crossed the beginning of an operation");
        }
        return false;
    }

    /** Where an operation stands among those of its session: by the time of its beginning. */
    private static String place(Operation operation) {
        return "%015d#%s".formatted(operation.createdAt().toEpochMilli(), operation.id());
    }

    /**
     * Operations of a session.
     *
     * @param next the place to go on from, absent after the last
     */
    record Listed(List<Operation> operations, @Nullable String next) {
        Listed {
            operations = List.copyOf(operations);
        }
    }

    /**
     * The operations of a session, the newest first.
     *
     * @param after the place that the page before ended with, absent for the first
     */
    Listed list(SessionId session, int limit, @Nullable String after) {
        RecordTable.Page page =
                table.query(
                        sessionPk(session),
                        OF_SESSION,
                        OF_SESSION + Character.MAX_VALUE,
                        false,
                        limit,
                        after == null
                                ? null
                                : Item.at(sessionPk(session), OF_SESSION + after).attributes());
        List<Operation> operations =
                page.items().stream()
                        .map(item -> find(new OperationId(item.text("operation"))))
                        .flatMap(Optional::stream)
                        .toList();
        boolean isLast = page.next() == null || page.items().isEmpty();
        return new Listed(
                operations,
                isLast ? null : page.items().getLast().text("sk").substring(OF_SESSION.length()));
    }

    /**
     * The write that stores what came of an operation, once: with it, its call ends.
     *
     * @param by the delivery that says so, absent if none does
     */
    TransactWriteItem ending(OperationId id, Outcome outcome, @Nullable String by, Instant now) {
        return table.changing(pk(id), OPERATION, end(outcome, by, now));
    }

    /** Stores what came of an operation whose call has ended without it, unless it has ended. */
    void end(OperationId id, Outcome outcome, @Nullable String by, Instant now) {
        var _ = table.update(pk(id), OPERATION, end(outcome, by, now));
    }

    private static Change end(Outcome outcome, @Nullable String by, Instant now) {
        Item values = Item.empty().time("endedAt", now).text("by", by);
        String set =
                switch (outcome) {
                    case Outcome.Completed() -> {
                        values.text("outcome", "completed");
                        yield "SET outcome = :outcome, endedAt = :endedAt";
                    }
                    case Outcome.Failed(FailureKind kind, String message) -> {
                        values.text("outcome", kind.wireName()).text("message", message);
                        yield "SET outcome = :outcome, endedAt = :endedAt, message = :message";
                    }
                };
        return new Change(
                set + (by == null ? "" : ", endedBy = :by"),
                "attribute_exists(pk) AND attribute_not_exists(outcome)",
                List.of(),
                values);
    }

    /** What became of noting how far an operation is. */
    enum Noticed {
        /** It is the latest that is known. */
        NOW,
        /** Something later is known already. */
        OVERTAKEN,
        /** The operation has ended. */
        LATE
    }

    /**
     * Notes how far an operation is. The queue keeps no order, so the latest word counts.
     *
     * @param at when it was said
     */
    Noticed progress(OperationId id, JsonNode progress, Instant at) {
        Optional<Item> noted =
                table.update(
                        pk(id),
                        OPERATION,
                        new Change(
                                "SET progress = :progress, progressAt = :at",
                                "attribute_exists(pk) AND attribute_not_exists(outcome) AND"
                                    + " (attribute_not_exists(progressAt) OR progressAt <= :at)",
                                List.of(),
                                Item.empty()
                                        .text("progress", Json.write(progress))
                                        .time("at", at)));
        if (noted.isPresent()) {
            return Noticed.NOW;
        }
        return find(id).filter(found -> found.outcome() == null).isPresent()
                ? Noticed.OVERTAKEN
                : Noticed.LATE;
    }

    /** What became of noting a delivery. */
    public enum Noted {
        /** It has not come before. */
        NEW,
        /** The very same has come before. */
        AGAIN,
        /** Another has come under its id before. */
        OTHER
    }

    /**
     * Notes that something was posted about an operation.
     *
     * @param deliveryId the poster's name for it
     * @param hash of what was posted
     */
    public Noted note(OperationId id, String deliveryId, String hash, Instant now) {
        boolean isNew =
                table.update(
                                pk(id),
                                DELIVERY + deliveryId,
                                new Change(
                                        "SET #hash = :hash, expiresAt = :expiresAt",
                                        "attribute_not_exists(pk)",
                                        List.of("hash"),
                                        Item.empty()
                                                .text("hash", hash)
                                                .expiresAt(now.plus(DELIVERY_LIFE))))
                        .isPresent();
        if (isNew) {
            return Noted.NEW;
        }
        // A note that has expired since was there.
        return table.get(pk(id), DELIVERY + deliveryId)
                .map(item -> item.text("hash").equals(hash) ? Noted.AGAIN : Noted.OTHER)
                .orElse(Noted.AGAIN);
    }

    /**
     * Something that was said about an operation after its end.
     *
     * @param what {@code completed}, {@code failed} or {@code progress}
     */
    public record Late(String what, Instant at) {}

    /** Records that something came too late, once for each delivery. */
    public void late(OperationId id, String deliveryId, Late late) {
        var _ =
                table.update(
                        pk(id),
                        LATE + deliveryId,
                        new Change(
                                "SET what = :what, #at = :at, expiresAt = :expiresAt",
                                "attribute_not_exists(pk)",
                                List.of("at"),
                                Item.empty()
                                        .text("what", late.what())
                                        .time("at", late.at())
                                        .expiresAt(late.at().plus(DELIVERY_LIFE))));
    }

    /** What came too late, in order; a hundred at most. */
    List<Late> late(OperationId id) {
        return table
                .query(pk(id), LATE, LATE + Character.MAX_VALUE, true, MAX_LATE, null)
                .items()
                .stream()
                .map(item -> new Late(item.text("what"), item.time("at")))
                .sorted(Comparator.comparing(Late::at))
                .toList();
    }

    private static Operation decode(OperationId id, Item item) {
        return new Operation(
                id,
                new TurnId(item.text("turn")),
                new CallId(
                        Math.toIntExact(item.number("step")),
                        Math.toIntExact(item.number("index"))),
                item.text("toolCallId"),
                new SessionId(item.text("session")),
                new UserId(item.text("user")),
                item.text("tool"),
                item.number("detached") == 1,
                item.time("createdAt"),
                item.optionalText("outcome").map(name -> outcome(name, item)).orElse(null),
                item.optionalText("endedBy").orElse(null),
                item.text("taskToken"),
                item.optionalText("progress").map(Json::readStored).orElse(null));
    }

    private static Outcome outcome(String name, Item item) {
        return name.equals("completed")
                ? new Outcome.Completed()
                : new Outcome.Failed(FailureKind.of(name), item.text("message"));
    }

    private static String sessionPk(SessionId session) {
        return "SESSION#" + session;
    }

    private static String pk(OperationId id) {
        return "OPERATION#" + id;
    }
}
