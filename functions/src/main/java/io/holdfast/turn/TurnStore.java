package io.holdfast.turn;

import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.Checks;
import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.session.HandoverStore;
import io.holdfast.session.Preferences;
import io.holdfast.session.Session;
import io.holdfast.session.SessionTurns;
import io.holdfast.stream.TurnStatus;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Turns in the record: items {@code TURN#<id>}, {@code TURN}.
 *
 * <p>A turn is <em>settled</em> when its stream is closed and every reader has its end. Until then
 * it stands among the {@link Checks}, under the time at which the sweeper looks at it next; a turn
 * that goes well is settled before that.
 */
public final class TurnStore {
    private final RecordTable table;
    private final SessionTurns sessions;
    private final TurnLists lists;
    private final Duration checkAfter;

    /**
     * The turns in this table, beside the sessions that they belong to.
     *
     * @param checkAfter how long a turn may take before the sweeper looks at it
     */
    TurnStore(RecordTable table, Duration checkAfter) {
        this.table = table;
        this.sessions = new SessionTurns(table);
        this.lists = new TurnLists(table);
        this.checkAfter = checkAfter;
    }

    /** The turns in this table, for those who begin none. */
    public static TurnStore toRead(RecordTable table) {
        return new TurnStore(table, Duration.ZERO);
    }

    /** The turn of an id. */
    public Optional<Turn> find(TurnId id) {
        return TurnItems.find(table, id);
    }

    /**
     * Stores a new turn with its place in the session, in one transaction.
     *
     * @param before the session as it was read
     * @param cutFrom where the session's history is cut, absent if it is not
     * @param userMessage the message that starts the turn, absent when an answer is written again
     * @param preferences what the session asks for from now on
     * @param listed whether the session is to stand in its owner's list
     * @return false if the session has changed since, or the turn exists
     */
    boolean begin(
            Turn turn,
            Session before,
            @Nullable Long cutFrom,
            @Nullable UiMessage userMessage,
            Preferences preferences,
            boolean listed) {
        SessionTurns.Beginning kind =
                turn.background().offRecord()
                        ? SessionTurns.Beginning.OFF_RECORD
                        : listed ? SessionTurns.Beginning.LISTED : SessionTurns.Beginning.UNLISTED;
        List<TransactWriteItem> writes = new ArrayList<>(creating(turn, null));
        writes.addAll(
                sessions.beginTurn(
                        before,
                        turn.id(),
                        preferences,
                        cutFrom,
                        userMessage,
                        kind,
                        turn.createdAt()));
        return table.transact(writes);
    }

    /**
     * The writes that store a turn, and where its session and its user find it.
     *
     * @param place where it stands in its session's queue, absent if it begins at once
     */
    List<TransactWriteItem> creating(Turn turn, @Nullable String place) {
        Item item =
                Item.at(TurnItems.pk(turn.id()), TurnItems.TURN)
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
                        .text(TurnItems.PLACE, place)
                        .text("page", turn.background().page())
                        .time("createdAt", turn.createdAt())
                        .text(Checks.SHARD, Checks.shardOf(Checks.Line.TURNS, turn.id()))
                        .time(Checks.AT, checkAt(turn.createdAt()));
        if (turn.background().offRecord()) {
            item.number("offRecord", 1);
        } else {
            TurnLists.list(turn, item);
        }
        SessionId basis = turn.background().basis();
        item.text("basis", basis == null ? null : basis.value());
        return List.of(table.creating(item), lists.adding(turn));
    }

    /** When the sweeper looks at a turn that begins now. */
    Instant checkAt(Instant now) {
        return now.plus(checkAfter);
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
                        TurnItems.pk(turn.id()),
                        TurnItems.TURN,
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
                        TurnItems.pk(turn),
                        TurnItems.TURN,
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
                        TurnItems.pk(turn),
                        TurnItems.TURN,
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
                TurnItems.pk(turn),
                TurnItems.TURN,
                new Change(
                        "SET #status = :running ADD continued :answers",
                        "#status IN (:running, :waiting)",
                        List.of("status"),
                        Item.empty()
                                .text("running", TurnStatus.RUNNING.wireName())
                                .text("waiting", TurnStatus.WAITING.wireName())
                                .number("answers", answers)));
    }

    /**
     * Notes what it cost to write the session's title after a turn, once: what is noted stays, also
     * if the model is asked again because the title could not be stored.
     */
    void countTitle(TurnId turn, Ledger ledger) {
        var _ =
                table.update(
                        TurnItems.pk(turn),
                        TurnItems.TURN,
                        new Change(
                                "SET titleInputTokens = :input, titleOutputTokens = :output"
                                        + (ledger.nanoDollars() == null
                                                ? ""
                                                : ", titleNanoDollars = :nanoDollars"),
                                "attribute_exists(pk) AND attribute_not_exists(titleInputTokens)",
                                List.of(),
                                Item.empty()
                                        .number("input", ledger.inputTokens())
                                        .number("output", ledger.outputTokens())
                                        .number("nanoDollars", ledger.nanoDollars())));
    }

    /** Notes that a turn is settled. */
    void settle(TurnId turn) {
        var _ =
                table.update(
                        TurnItems.pk(turn),
                        TurnItems.TURN,
                        new Change(
                                "REMOVE " + Checks.SHARD + ", " + Checks.AT,
                                "attribute_exists(pk)",
                                List.of(),
                                Item.empty()));
    }

    /** Notes when the sweeper looks at a turn next, unless it is settled meanwhile. */
    void checkAgain(TurnId turn, Instant at) {
        var _ =
                table.update(
                        TurnItems.pk(turn),
                        TurnItems.TURN,
                        new Change(
                                "SET " + Checks.AT + " = :at",
                                "attribute_exists(" + Checks.SHARD + ")",
                                List.of(),
                                Item.empty().time("at", at)));
    }

    /**
     * What the sweeper should look at, the longest due first; the index may lag behind.
     *
     * @param shard from 0 to {@link Checks#SHARDS} - 1
     */
    List<Due> due(int shard, Instant now, int limit) {
        return Checks.due(table, Checks.Line.TURNS, shard, now, limit).stream()
                .map(item -> due(item.text("pk"), item.text("sk")))
                .toList();
    }

    private static Due due(String pk, String sk) {
        if (!pk.startsWith(TurnItems.SESSION_PK)) {
            return new Due.OfTurn(TurnItems.id(pk));
        }
        SessionId session = new SessionId(pk.substring(TurnItems.SESSION_PK.length()));
        return sk.equals(HandoverStore.HANDOVER)
                ? new Due.OfHandover(session)
                : new Due.OfSession(session);
    }

    /** Removes all that the record has of a turn. */
    void erase(TurnId turn) {
        table.deleteAll(TurnItems.pk(turn), "");
    }
}
