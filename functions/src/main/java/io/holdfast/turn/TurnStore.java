package io.holdfast.turn;

import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.Item;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.session.Preferences;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.stream.TurnStatus;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Turns in the record: items {@code TURN#<id>}, {@code TURN}.
 *
 * <p>A turn is <em>settled</em> when its stream is closed and every reader has its end. Until then
 * it stands in the index {@value #INDEX}, under the time at which the sweeper looks at it next; a
 * turn that goes well is settled before that.
 */
public final class TurnStore {
    private static final String TURN = "TURN";
    private static final String INDEX = "ByNextCheck";
    private static final String SHARD = "checkShard";
    private static final String NEXT_CHECK = "nextCheckAt";

    /** One partition of an index takes 1,000 writes a second (DynamoDB, "Partitions"). */
    static final int SHARDS = 8;

    private final RecordTable table;
    private final SessionStore sessions;
    private final Duration checkAfter;

    /**
     * The turns in this table, beside the sessions that they belong to.
     *
     * @param checkAfter how long a turn may take before the sweeper looks at it
     */
    TurnStore(RecordTable table, SessionStore sessions, Duration checkAfter) {
        this.table = table;
        this.sessions = sessions;
        this.checkAfter = checkAfter;
    }

    /** The turns in this table, for those who begin none. */
    public static TurnStore toRead(RecordTable table) {
        return new TurnStore(table, new SessionStore(table), Duration.ZERO);
    }

    /** The turn of an id. */
    public Optional<Turn> find(TurnId id) {
        return table.get(pk(id), TURN).map(item -> decode(id, item));
    }

    /**
     * Stores a new turn with its place in the session, in one transaction.
     *
     * @param before the session as it was read
     * @param cutFrom where the session's history is cut, absent if it is not
     * @param userMessage the message that starts the turn, absent when an answer is written again
     * @param preferences what the session asks for from now on
     * @return false if the session has changed since, or the turn exists
     */
    boolean begin(
            Turn turn,
            Session before,
            @Nullable Long cutFrom,
            @Nullable UiMessage userMessage,
            Preferences preferences) {
        List<TransactWriteItem> writes = new ArrayList<>();
        writes.add(
                table.creating(
                        Item.at(pk(turn.id()), TURN)
                                .text("session", turn.session().value())
                                .text("user", turn.user().value())
                                .text("roles", String.join("\n", turn.roles()))
                                .text("assistant", turn.choice().assistant())
                                .text("model", turn.choice().model())
                                .text("effort", turn.choice().effort().wireName())
                                .number("continued", turn.continued())
                                .text("status", turn.status().wireName())
                                .text("answerId", turn.answerId().value())
                                .number("answerPosition", turn.answerPosition())
                                .text("inputHash", turn.inputHash())
                                .text("prompt", turn.prompt())
                                .time("createdAt", turn.createdAt())
                                .text(SHARD, shard(Math.floorMod(turn.id().hashCode(), SHARDS)))
                                .time(NEXT_CHECK, turn.createdAt().plus(checkAfter))));
        writes.addAll(
                sessions.beginTurn(
                        before, turn.id(), preferences, cutFrom, userMessage, turn.createdAt()));
        return table.transact(writes);
    }

    /**
     * Ends a turn, once: its status, its answer and the session's place for the next turn, in one
     * transaction.
     *
     * @param answer what was said, absent if nothing was
     * @param failure why it failed, absent if it did not
     * @return false if the turn had ended before
     */
    boolean end(
            Turn turn,
            TurnStatus status,
            @Nullable UiMessage answer,
            @Nullable String failure,
            Instant now) {
        List<TransactWriteItem> writes = new ArrayList<>();
        Item values =
                Item.empty()
                        .text("ended", status.wireName())
                        .text("running", TurnStatus.RUNNING.wireName())
                        .text("waiting", TurnStatus.WAITING.wireName())
                        .time("endedAt", now)
                        .text("failure", failure);
        writes.add(
                table.changing(
                        pk(turn.id()),
                        TURN,
                        new Change(
                                "SET #status = :ended, endedAt = :endedAt"
                                        + (failure == null ? "" : ", failure = :failure"),
                                "#status IN (:running, :waiting)",
                                List.of("status"),
                                values)));
        writes.addAll(
                sessions.endTurn(turn.session(), turn.id(), turn.answerPosition(), answer, now));
        return table.transact(writes);
    }

    /**
     * Says of a turn recorded as completed that it was cancelled after all: its stream was closed
     * by a cancel between the record and the stream's own end, and what readers saw counts.
     */
    void correctToCancelled(TurnId turn) {
        var _ =
                table.update(
                        pk(turn),
                        TURN,
                        new Change(
                                "SET #status = :cancelled",
                                "#status = :completed",
                                List.of("status"),
                                Item.empty()
                                        .text("cancelled", TurnStatus.CANCELLED.wireName())
                                        .text("completed", TurnStatus.COMPLETED.wireName())));
    }

    /**
     * Notes that a turn waits for a human, unless it has ended or an answer has come meanwhile.
     *
     * @param continued how many answers the caller knows of
     * @return whether it waits now
     */
    boolean pause(TurnId turn, long continued) {
        return table.update(
                        pk(turn),
                        TURN,
                        new Change(
                                "SET #status = :waiting",
                                "#status IN (:running, :waiting) AND continued = :continued",
                                List.of("status"),
                                Item.empty()
                                        .text("running", TurnStatus.RUNNING.wireName())
                                        .text("waiting", TurnStatus.WAITING.wireName())
                                        .number("continued", continued)))
                .isPresent();
    }

    /** The write that lets a turn go on after answers of a human: part of their transaction. */
    TransactWriteItem unpausing(TurnId turn, int answers) {
        return table.changing(
                pk(turn),
                TURN,
                new Change(
                        "SET #status = :running ADD continued :answers",
                        "#status IN (:running, :waiting)",
                        List.of("status"),
                        Item.empty()
                                .text("running", TurnStatus.RUNNING.wireName())
                                .text("waiting", TurnStatus.WAITING.wireName())
                                .number("answers", answers)));
    }

    /** Notes that a turn is settled. */
    void settle(TurnId turn) {
        var _ =
                table.update(
                        pk(turn),
                        TURN,
                        new Change(
                                "REMOVE " + SHARD + ", " + NEXT_CHECK,
                                "attribute_exists(pk)",
                                List.of(),
                                Item.empty()));
    }

    /** Notes when the sweeper looks at a turn next, unless it is settled meanwhile. */
    void checkAgain(TurnId turn, Instant at) {
        var _ =
                table.update(
                        pk(turn),
                        TURN,
                        new Change(
                                "SET " + NEXT_CHECK + " = :at",
                                "attribute_exists(" + SHARD + ")",
                                List.of(),
                                Item.empty().time("at", at)));
    }

    /**
     * Turns that the sweeper should look at, the longest due first; the index may lag behind.
     *
     * @param shard from 0 to {@link #SHARDS} - 1
     */
    List<TurnId> due(int shard, Instant now, int limit) {
        return table
                .index(INDEX, SHARD, shard(shard), NEXT_CHECK, now.toEpochMilli(), limit)
                .stream()
                .map(item -> new TurnId(item.text("pk").substring("TURN#".length())))
                .toList();
    }

    private static String shard(int number) {
        return "CHECK#" + number;
    }

    private static Turn decode(TurnId id, Item item) {
        return new Turn(
                id,
                new SessionId(item.text("session")),
                new UserId(item.text("user")),
                item.optionalText("roles").stream()
                        .flatMap(String::lines)
                        .collect(Collectors.toUnmodifiableSet()),
                TurnStatus.of(item.text("status")),
                new MessageId(item.text("answerId")),
                item.number("answerPosition"),
                item.text("inputHash"),
                new Turn.Choice(
                        item.text("assistant"),
                        item.text("model"),
                        ReasoningEffort.of(item.text("effort")).orElse(ReasoningEffort.NONE)),
                item.number("continued"),
                item.time("createdAt"),
                item.optionalNumber("endedAt").map(Instant::ofEpochMilli).orElse(null),
                item.optionalText("failure").orElse(null),
                item.optionalText("prompt").orElse(null));
    }

    static String pk(TurnId id) {
        return "TURN#" + id;
    }
}
