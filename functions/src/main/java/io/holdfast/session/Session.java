package io.holdfast.session;

import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Set;

/**
 * A conversation as the record has it.
 *
 * @param subject what it is about, {@code experiment:exp_42}; absent if it is about nothing in
 *     particular. A user has one conversation about a subject
 * @param title absent before there is anything to say
 * @param owner the only one who may read or write it
 * @param activeTurn the turn that runs or waits now, absent if none does
 * @param latestTurn the turn that was started last, absent before the first
 * @param queued how many turns wait for the active one to end
 * @param next the position of the next message
 * @param cuts positions that are no longer part of the conversation
 * @param preferences what was asked for last
 * @param off what is left out of its system prompts, though its assistant has it
 * @param version counts the changes, so that two of them cannot cross
 */
public record Session(
        SessionId id,
        UserId owner,
        @Nullable String subject,
        @Nullable String title,
        @Nullable TurnId activeTurn,
        @Nullable TurnId latestTurn,
        long queued,
        long next,
        Cuts cuts,
        Preferences preferences,
        Set<ContextProvider> off,
        long version,
        Instant createdAt,
        Instant updatedAt) {
    /** Copies what is off. */
    public Session {
        off = Set.copyOf(off);
    }

    /** A conversation that is not in the record yet. */
    static Session fresh(SessionId id, UserId owner, Instant now) {
        return new Session(
                id,
                owner,
                null,
                null,
                null,
                null,
                0,
                0,
                Cuts.NONE,
                Preferences.NONE,
                Set.of(),
                0,
                now,
                now);
    }

    /** Whether the record has it already. */
    public boolean isStored() {
        return version > 0;
    }
}
