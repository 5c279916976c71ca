package io.holdfast.turn;

import io.holdfast.platform.SessionId;
import io.holdfast.session.HandoverStore;
import io.holdfast.session.HandoverStore.Handover;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.turn.TurnLists.Place;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Moves the turns of a claimed session from the guest's list into its owner's.
 *
 * <p>Whose they are follows from the session, from the claim on; this is for the lists alone. All
 * of them were begun before the claim, because no turn begins in a session that has changed since
 * it was read. So each is moved once, whoever does it and however often.
 */
public final class Relister {
    /** Turns until it is noted how far it is: what a death costs is done again. */
    private static final int PAGE = 50;

    private final HandoverStore handovers;
    private final SessionStore sessions;
    private final TurnLists turns;
    private final InstantSource clock;

    Relister(TurnParts parts) {
        this.handovers = parts.handovers();
        this.sessions = parts.sessions();
        this.turns = parts.lists();
        this.clock = parts.clock();
    }

    /**
     * Moves the turns of a session that has been claimed, the newest first.
     *
     * @param within how long it may take; fifty are moved all the same, and the sweeper goes on
     */
    public void relist(SessionId id, Duration within) {
        Optional<Handover> found = handovers.find(id);
        if (found.isEmpty()) {
            return;
        }
        Optional<Session> session = sessions.read(id);
        if (session.isEmpty()) {
            // It is deleted, and its turns with it.
            handovers.done(id);
            return;
        }
        Handover handover = found.get();
        Instant deadline = clock.instant().plus(within);
        Place after = handover.reached() == null ? null : TurnLists.place(handover.reached());
        do {
            Optional<Place> next =
                    turns.relist(id, handover.guest(), session.get().owner(), PAGE, after);
            if (next.isEmpty()) {
                handovers.done(id);
                return;
            }
            after = next.get();
            handovers.reached(id, after.text());
        } while (clock.instant().isBefore(deadline));
    }
}
