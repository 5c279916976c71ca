package io.holdfast.session;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * Something to remember about a user.
 *
 * @param expiresAt when it is forgotten; absent if it is kept
 */
public record Note(
        NoteId id,
        String text,
        Term term,
        Instant createdAt,
        Instant updatedAt,
        @Nullable Instant expiresAt) {

    /** How long a note is kept. */
    public enum Term {
        /** Until it is deleted. */
        LONG,
        /** For 30 days after it was last written: what matters for some weeks. */
        MID;

        private static final Duration MID_TERM = Duration.ofDays(30);

        /** As clients call it. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The term of a name; empty if there is none. */
        public static Optional<Term> of(String wireName) {
            return Arrays.stream(values())
                    .filter(term -> term.wireName().equals(wireName))
                    .findFirst();
        }

        /** When a note that is written now is forgotten. */
        @Nullable Instant expiry(Instant now) {
            return switch (this) {
                case LONG -> null;
                // The record's TTL counts in seconds.
                case MID -> now.plus(MID_TERM).truncatedTo(ChronoUnit.SECONDS);
            };
        }
    }
}
