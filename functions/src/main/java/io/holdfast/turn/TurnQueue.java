package io.holdfast.turn;

import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.session.Preferences;
import io.holdfast.session.Session;
import io.holdfast.session.SessionEvent;
import io.holdfast.session.SessionEvents;
import io.holdfast.session.SessionStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Messages that wait in a session for the answers before theirs.
 *
 * <p>A message is put here only while a turn is active, and whoever ends a turn begins the next; if
 * that one has died, the sweeper does, for a turn that waits is one that it looks at. Each
 * beginning is one transaction, so that two who try begin one.
 */
public final class TurnQueue {
    private static final Logger LOG = LoggerFactory.getLogger(TurnQueue.class);

    /** Who has more to say than that should wait for an answer first. */
    static final int MOST = 10;

    /** How often a change of the session that crossed ours is tried again. */
    private static final int CROSSINGS = 8;

    private final TurnStore turns;
    private final QueueStore waiting;
    private final SessionStore sessions;
    private final TurnMachine machine;
    private final SessionEvents events;
    private final InstantSource clock;

    TurnQueue(
            TurnStore turns,
            QueueStore waiting,
            SessionStore sessions,
            TurnMachine machine,
            SessionEvents events,
            InstantSource clock) {
        this.turns = turns;
        this.waiting = waiting;
        this.sessions = sessions;
        this.machine = machine;
        this.events = events;
        this.clock = clock;
    }

    /** The messages that wait, the next first. */
    public List<Queued> of(SessionId session) {
        return waiting.first(session, MOST);
    }

    /**
     * Lets a turn wait.
     *
     * @param before the session as it was read, with a turn that is active
     * @param next whether it goes before those that wait
     * @return false if the session has changed since, or the turn exists
     */
    boolean add(
            Turn turn, Session before, UiMessage message, Preferences preferences, boolean next) {
        String place =
                "%d#%015d#%s".formatted(next ? 0 : 1, clock.instant().toEpochMilli(), turn.id());
        if (!waiting.add(turn, before, new Queued(turn.id(), place, message, preferences))) {
            return false;
        }
        events.tell(before.id(), before.owner(), new SessionEvent.TurnQueued(turn.id()));
        return true;
    }

    /** Begins the turn that waits longest, unless one is active; again changes nothing. */
    void advance(SessionId id) {
        for (int crossings = 0; crossings < CROSSINGS; crossings++) {
            Optional<Session> read = sessions.read(id);
            if (read.isEmpty() || read.get().activeTurn() != null || read.get().queued() == 0) {
                return;
            }
            List<Queued> first = waiting.first(id, 1);
            if (first.isEmpty()) {
                // It was begun or cancelled after the session was read.
                continue;
            }
            Optional<Turn> begun = waiting.begin(read.get(), first.getFirst(), clock.instant());
            if (begun.isPresent()) {
                LOG.info("{} has waited, and begins", begun.get().id());
                machine.start(begun.get());
                return;
            }
        }
        throw new IllegalStateException("Others crossed the beginning of a turn that waits");
    }

    /** Cancels a turn that waits; false if it has begun or ended meanwhile. */
    boolean remove(Turn turn) {
        for (int crossings = 0; crossings < CROSSINGS; crossings++) {
            Optional<Turn> now = turns.find(turn.id());
            Optional<Session> session = sessions.read(turn.session());
            if (now.isEmpty() || session.isEmpty() || !now.get().isQueued()) {
                return false;
            }
            if (waiting.remove(turn, session.get(), clock.instant())) {
                return true;
            }
        }
        throw new IllegalStateException("Others crossed the cancel of a turn that waits");
    }

    /** Cancels a turn that waits in a session that is deleted, where nobody begins it any more. */
    void drop(TurnId turn) {
        waiting.drop(turn, clock.instant());
    }
}
