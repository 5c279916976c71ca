package io.holdfast.turn;

import io.holdfast.access.GuestStore;
import io.holdfast.platform.UserId;
import io.holdfast.session.DeletedSessions;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.session.UserNotes;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Deletes what guests have left who cannot come back: their sessions, as if they deleted them
 * themselves, and what is remembered about them.
 *
 * <p>What they have handed over is another's: a session is deleted on the condition that it is
 * still the guest's, and claimed on the condition that it is not deleted. Nothing new comes while
 * this works, since nobody can act for the guest. Each step can be done again; the guest is
 * forgotten last, and is due until then.
 */
final class GuestEraser {
    private static final int PAGE = 100;

    private final GuestStore guests;
    private final SessionStore sessions;
    private final DeletedSessions deleted;
    private final TurnLists turns;
    private final UserNotes notes;
    private final SessionEraser eraser;
    private final InstantSource clock;

    GuestEraser(TurnParts parts, SessionEraser eraser) {
        this.guests = parts.guests();
        this.sessions = parts.sessions();
        this.deleted = parts.deletedSessions();
        this.turns = parts.lists();
        this.notes = parts.notes();
        this.eraser = eraser;
        this.clock = parts.clock();
    }

    /**
     * Deletes what a guest has left; the sweeper clears the sessions.
     *
     * @param within how long it may take; what is left then is due again
     */
    void erase(UserId guest, Duration within) {
        Instant deadline = clock.instant().plus(within);
        if (deleteListed(guest, deadline) && deleteJobs(guest, deadline)) {
            notes.forget(guest);
            deleted.forgetSubjects(guest);
            guests.forget(guest);
        }
    }

    /** Deletes the sessions in the guest's list; false if the time was up before the last. */
    private boolean deleteListed(UserId guest, Instant deadline) {
        SessionStore.Place after = null;
        do {
            if (isOver(deadline)) {
                return false;
            }
            SessionStore.Listed page = sessions.list(guest, PAGE, after);
            if (!delete(page.sessions(), guest, deadline)) {
                return false;
            }
            after = page.next();
        } while (after != null);
        return true;
    }

    /**
     * Deletes the sessions of jobs, which that list does not show, but the one of turns; those that
     * are off the record go by themselves.
     */
    private boolean deleteJobs(UserId guest, Instant deadline) {
        TurnLists.Place after = null;
        do {
            // Also where there is nothing to delete: turns stay until their sessions are cleared.
            if (isOver(deadline)) {
                return false;
            }
            TurnLists.Listed page = turns.list(guest, PAGE, after);
            List<Session> found =
                    page.turns().stream()
                            .map(Turn::session)
                            .distinct()
                            .map(sessions::read)
                            .flatMap(Optional::stream)
                            .toList();
            if (!delete(found, guest, deadline)) {
                return false;
            }
            after = page.next();
        } while (after != null);
        return true;
    }

    private boolean delete(List<Session> found, UserId guest, Instant deadline) {
        for (Session session : found) {
            if (isOver(deadline)) {
                return false;
            }
            if (session.owner().equals(guest)) {
                // Another may have claimed it meanwhile: then it stays.
                var _ = eraser.delete(session);
            }
        }
        return true;
    }

    private boolean isOver(Instant deadline) {
        return !clock.instant().isBefore(deadline);
    }
}
