package io.holdfast.turn;

import io.holdfast.chunk.UiMessageJson;
import io.holdfast.platform.Checks;
import io.holdfast.platform.Item;
import io.holdfast.platform.Json;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.session.MessageStore;
import io.holdfast.session.Preferences;
import io.holdfast.session.Session;
import io.holdfast.session.SessionTurns;
import io.holdfast.stream.TurnStatus;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Turns that wait for the active one of their session.
 *
 * <p>Items under {@code SESSION#<id>}: {@code QUEUED#<place>}, with the message, which the session
 * does not have yet.
 */
final class QueueStore {
    private static final String QUEUED = "QUEUED#";

    private final RecordTable table;
    private final TurnStore turns;
    private final SessionTurns sessions;

    QueueStore(RecordTable table, TurnStore turns) {
        this.table = table;
        this.turns = turns;
        this.sessions = new SessionTurns(table);
    }

    /**
     * Stores a new turn that waits for the active one of its session.
     *
     * @return false if the session has changed since, or the turn exists
     */
    boolean add(Turn turn, Session before, Queued queued) {
        Preferences preferences = queued.preferences();
        List<TransactWriteItem> writes = new ArrayList<>(turns.creating(turn, queued.place()));
        writes.add(
                table.creating(
                        Item.at(TurnItems.sessionPk(turn.session()), QUEUED + queued.place())
                                .text("turn", turn.id().value())
                                .text("json", Json.write(UiMessageJson.write(queued.message())))
                                .text("assistant", preferences.assistant())
                                .text("model", preferences.model())
                                .text("effort", preferences.effort())));
        writes.add(sessions.queueing(before));
        return table.transact(writes);
    }

    /** The turns of a session that wait for the active one, the next first. */
    List<Queued> first(SessionId session, int limit) {
        return table
                .query(
                        TurnItems.sessionPk(session),
                        QUEUED,
                        QUEUED + Character.MAX_VALUE,
                        true,
                        limit,
                        null)
                .items()
                .stream()
                .map(
                        item ->
                                new Queued(
                                        new TurnId(item.text("turn")),
                                        item.text("sk").substring(QUEUED.length()),
                                        MessageStore.decode(Json.readStored(item.text("json"))),
                                        new Preferences(
                                                item.optionalText("assistant").orElse(null),
                                                item.optionalText("model").orElse(null),
                                                item.optionalText("effort").orElse(null))))
                .toList();
    }

    /**
     * Begins a turn that has waited.
     *
     * @param before the session as it was read, without an active turn
     * @return the turn; empty if the session has changed since, or the turn was cancelled
     */
    Optional<Turn> begin(Session before, Queued queued, Instant now) {
        Optional<Turn> begun =
                turns.find(queued.turn())
                        .filter(Turn::isQueued)
                        .map(
                                turn ->
                                        turn.begun(
                                                SessionTurns.answerPosition(
                                                        before, queued.message())));
        if (begun.isEmpty()) {
            return Optional.empty();
        }
        Turn turn = begun.get();
        List<TransactWriteItem> writes = new ArrayList<>();
        writes.add(
                table.changing(
                        TurnItems.pk(turn.id()),
                        TurnItems.TURN,
                        new Change(
                                "SET #status = :running, answerPosition = :position, "
                                        + Checks.AT
                                        + " = :check REMOVE "
                                        + TurnItems.PLACE,
                                "#status = :queued",
                                List.of("status"),
                                Item.empty()
                                        .text("running", turn.status().wireName())
                                        .text("queued", TurnStatus.QUEUED.wireName())
                                        .number("position", turn.answerPosition())
                                        .time("check", turns.checkAt(now)))));
        writes.add(table.deleting(TurnItems.sessionPk(turn.session()), QUEUED + queued.place()));
        writes.addAll(
                sessions.beginTurn(
                        before,
                        turn.id(),
                        queued.preferences(),
                        null,
                        queued.message(),
                        SessionTurns.Beginning.QUEUED,
                        now));
        return table.transact(writes) ? begun : Optional.empty();
    }

    /**
     * Cancels a turn that waits.
     *
     * @return false if the session has changed since, or the turn has begun or ended
     */
    boolean remove(Turn turn, Session before, Instant now) {
        Optional<String> place =
                table.get(TurnItems.pk(turn.id()), TurnItems.TURN)
                        .flatMap(item -> item.optionalText(TurnItems.PLACE));
        return place.isPresent()
                && table.transact(
                        List.of(
                                table.changing(
                                        TurnItems.pk(turn.id()), TurnItems.TURN, cancelling(now)),
                                table.deleting(
                                        TurnItems.sessionPk(turn.session()), QUEUED + place.get()),
                                sessions.unqueueing(before)));
    }

    /** Cancels a turn that waits in a session that is deleted, where nobody begins it any more. */
    void drop(TurnId turn, Instant now) {
        var _ = table.update(TurnItems.pk(turn), TurnItems.TURN, cancelling(now));
    }

    private static Change cancelling(Instant now) {
        return new Change(
                "SET #status = :cancelled, endedAt = :now REMOVE " + TurnItems.PLACE,
                "#status = :queued",
                List.of("status"),
                Item.empty()
                        .text("cancelled", TurnStatus.CANCELLED.wireName())
                        .text("queued", TurnStatus.QUEUED.wireName())
                        .time("now", now));
    }
}
