package io.holdfast.turn;

import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.SessionId;
import io.holdfast.session.DeletedSessions;
import io.holdfast.session.DeletedSessions.Going;
import io.holdfast.session.Session;
import io.holdfast.session.SessionEvent;
import io.holdfast.session.SessionEvents;
import io.holdfast.stream.TurnStream;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/**
 * Deletes sessions with everything that belongs to them.
 *
 * <p>From the first write on nobody sees the session. Then its turns are cancelled, and with them
 * the work that outside services do for it, and its messages, streams and turns are removed. What
 * is left goes an hour later: until then services are told that their work is not wanted, and
 * functions that ran meanwhile may have written. Each step can be done again; what was not done,
 * the sweeper does.
 */
public final class SessionEraser {
    /**
     * Longer than a service is told for that it can stop (operation.asl.json) and than any function
     * may run (15 minutes, "Lambda quotas").
     */
    private static final Duration LAST_LOOK = Duration.ofMinutes(75);

    /** Clients that send something again do it sooner. */
    private static final Duration TAKEN = Duration.ofDays(30);

    /** Services that post again do it within days (Standard Webhooks, "Retry schedule"). */
    private static final Duration OPERATION_LIFE = Duration.ofDays(14);

    /** An off-record session is kept as long as the streams of its turns. */
    private static final Duration IDLE = Duration.ofHours(1);

    private static final Duration DELIVERY = Duration.ofSeconds(5);
    private static final int PAGE = 100;

    private final RecordTable table;
    private final DeletedSessions sessions;
    private final TurnStore turns;
    private final TurnLists lists;
    private final TurnQueue queue;
    private final CallStore calls;
    private final TurnCanceller canceller;
    private final TurnSettler settler;
    private final OperationCancels operations;
    private final TurnStream stream;
    private final SessionEvents events;
    private final Supplier<String> holders;
    private final InstantSource clock;

    SessionEraser(TurnParts parts, TurnCanceller canceller) {
        this.table = parts.table();
        this.sessions = parts.deletedSessions();
        this.turns = parts.turns();
        this.lists = parts.lists();
        this.queue = parts.queue();
        this.calls = parts.calls();
        this.canceller = canceller;
        this.settler = parts.settler();
        this.operations = new OperationCancels(parts.calls(), parts.operationMachine());
        this.stream = parts.delivery().stream();
        this.events = parts.events();
        this.holders = parts.ids()::holder;
        this.clock = parts.clock();
    }

    /**
     * Deletes a session of the caller's.
     *
     * @return false if it is not there any more
     */
    public boolean delete(Session session) {
        if (!sessions.delete(session.id(), session.owner(), null, clock.instant())) {
            return false;
        }
        events.tell(session.id(), session.owner(), new SessionEvent.SessionDeleted());
        return true;
    }

    /**
     * Does what is due for a session that is deleted, or is to be: again is the same.
     *
     * @param within how long it may take; what is left then is due again
     */
    public void erase(SessionId id, Duration within) {
        Instant deadline = clock.instant().plus(within);
        Going going = sessions.find(id).orElse(null);
        if (going == null) {
            return;
        }
        Instant now = clock.instant();
        if (!going.isDeleted()) {
            if (!sessions.delete(id, going.owner(), now.minus(IDLE), now)) {
                sessions.checkAgain(id, now.plus(IDLE));
                return;
            }
        }
        if (going.activeTurn() != null) {
            turns.find(going.activeTurn())
                    .ifPresent(
                            turn -> {
                                var _ = canceller.cancel(turn, DELIVERY);
                            });
        }
        TurnLists.Place after = null;
        do {
            TurnLists.Listed page = lists.list(id, PAGE, after);
            for (Turn turn : page.turns()) {
                if (!clock.instant().isBefore(deadline)) {
                    return;
                }
                erase(turn, going.isCleared());
            }
            after = page.next();
        } while (after != null);
        sessions.clear(id);
        if (going.isCleared()) {
            expireOperations(id);
            sessions.forget(id, clock.instant().plus(TAKEN));
        } else {
            sessions.cleared(id, clock.instant(), clock.instant().plus(LAST_LOOK));
        }
    }

    private void erase(Turn turn, boolean last) {
        if (turn.isQueued()) {
            queue.drop(turn.id());
            var _ = settler.settle(turn.id(), List.of(), holders.get(), DELIVERY);
        }
        operations.cancelAll(turn.id());
        // What outside services are told is in the calls.
        if (last || calls.all(turn.id()).stream().allMatch(call -> call.operation() == null)) {
            stream.delete(turn.id());
            turns.erase(turn.id());
        }
    }

    /** Without words, they stay for what services may still post: that is late, not unknown. */
    private void expireOperations(SessionId id) {
        for (Item listed : table.all("SESSION#" + id, "OPERATION#")) {
            var _ =
                    table.update(
                            "OPERATION#" + listed.text("operation"),
                            "OPERATION",
                            new Change(
                                    "SET message = :none, expiresAt = :until REMOVE progress",
                                    "attribute_exists(pk)",
                                    List.of(),
                                    Item.empty()
                                            .text("none", "")
                                            .number(
                                                    "until",
                                                    clock.instant()
                                                            .plus(OPERATION_LIFE)
                                                            .getEpochSecond())));
        }
    }
}
