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

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Operations in the record.
 *
 * <p>Items under {@code OPERATION#<id>}: {@code OPERATION}, and {@code DELIVERY#<id>} for each
 * thing that an outside service has posted about it. An operation ends once.
 */
public final class OperationStore {
    /** Services that post again do it within days (Standard Webhooks, "Retry schedule"). */
    private static final Duration DELIVERY_LIFE = Duration.ofDays(14);

    private static final String OPERATION = "OPERATION";
    private static final String DELIVERY = "DELIVERY#";

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
        Item values =
                Item.empty()
                        .text("turn", operation.turn().value())
                        .number("step", operation.call().step())
                        .number("index", operation.call().index())
                        .text("session", operation.session().value())
                        .text("user", operation.user().value())
                        .text("tool", operation.tool())
                        .number("detached", operation.detached() ? 1 : 0)
                        .text("token", operation.taskToken())
                        .time("createdAt", operation.createdAt());
        return table.update(
                        pk(operation.id()),
                        OPERATION,
                        new Change(
                                "SET turn = :turn, #step = :step, #index = :index, #session ="
                                        + " :session, #user = :user, tool = :tool, detached ="
                                        + " :detached, taskToken = :token, createdAt ="
                                        + " if_not_exists(createdAt, :createdAt)",
                                "attribute_not_exists(outcome)",
                                List.of("step", "index", "session", "user"),
                                values))
                .isPresent();
    }

    /** The write that stores what came of an operation, once: with it, its call ends. */
    TransactWriteItem ending(OperationId id, Outcome outcome, Instant now) {
        return table.changing(pk(id), OPERATION, end(outcome, now));
    }

    /** Stores what came of an operation whose call has ended without it, unless it has ended. */
    void end(OperationId id, Outcome outcome, Instant now) {
        var _ = table.update(pk(id), OPERATION, end(outcome, now));
    }

    private static Change end(Outcome outcome, Instant now) {
        Item values = Item.empty().time("endedAt", now);
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
                set, "attribute_exists(pk) AND attribute_not_exists(outcome)", List.of(), values);
    }

    /** Stores how far an operation is; false if it has ended. */
    boolean progress(OperationId id, JsonNode progress) {
        return table.update(
                        pk(id),
                        OPERATION,
                        new Change(
                                "SET progress = :progress",
                                "attribute_exists(pk) AND attribute_not_exists(outcome)",
                                List.of(),
                                Item.empty().text("progress", Json.write(progress))))
                .isPresent();
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
        Noted before = noted(id, deliveryId, hash);
        // A note that has expired since was there.
        return before == Noted.NEW ? Noted.AGAIN : before;
    }

    /** Tells whether something was posted before, and notes nothing. */
    public Noted noted(OperationId id, String deliveryId, String hash) {
        return table.get(pk(id), DELIVERY + deliveryId)
                .map(item -> item.text("hash").equals(hash) ? Noted.AGAIN : Noted.OTHER)
                .orElse(Noted.NEW);
    }

    private static Operation decode(OperationId id, Item item) {
        return new Operation(
                id,
                new TurnId(item.text("turn")),
                new CallId(
                        Math.toIntExact(item.number("step")),
                        Math.toIntExact(item.number("index"))),
                new SessionId(item.text("session")),
                new UserId(item.text("user")),
                item.text("tool"),
                item.number("detached") == 1,
                item.time("createdAt"),
                item.optionalText("outcome").map(name -> outcome(name, item)).orElse(null),
                item.text("taskToken"),
                item.optionalText("progress").map(Json::readStored).orElse(null));
    }

    private static Outcome outcome(String name, Item item) {
        return name.equals("completed")
                ? new Outcome.Completed()
                : new Outcome.Failed(FailureKind.of(name), item.text("message"));
    }

    private static String pk(OperationId id) {
        return "OPERATION#" + id;
    }
}
