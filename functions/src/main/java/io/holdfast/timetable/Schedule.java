package io.holdfast.timetable;

import io.holdfast.platform.ScheduleId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * A message that is sent for its owner again and again, or once at a time.
 *
 * @param roles what the owner was when the schedule was made or changed last
 * @param last the latest firing, absent before the first
 */
public record Schedule(
        ScheduleId id,
        UserId owner,
        Set<String> roles,
        Definition definition,
        State state,
        Instant createdAt,
        @Nullable Last last) {
    public Schedule {
        roles = Set.copyOf(roles);
    }

    /**
     * What its owner wants.
     *
     * @param input what is said
     * @param assistant who answers; absent for the session's or the default one
     * @param session where all of it is said; absent if each firing has a session of its own
     */
    public record Definition(
            String name,
            Timing timing,
            String input,
            @Nullable String assistant,
            @Nullable SessionId session) {}

    /** Whether it fires. */
    public enum State {
        ENABLED,
        PAUSED;

        /** How clients know it. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The state of a name; empty if there is none. */
        public static Optional<State> of(String wireName) {
            return Arrays.stream(values())
                    .filter(state -> state.wireName().equals(wireName))
                    .findFirst();
        }
    }

    /**
     * A firing and what became of it.
     *
     * @param at when it was due
     * @param turn absent if it began none
     */
    public record Last(Instant at, Status status, @Nullable TurnId turn) {}

    /** What became of a firing. */
    public enum Status {
        /** It began a turn. */
        STARTED,
        /** Its session had another answer on its way for too long. */
        BUSY,
        /** It came too late. */
        MISSED,
        /** There is no such assistant or session any more. */
        REFUSED;

        /** How clients know it. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Status of(String wireName) {
            return valueOf(wireName.toUpperCase(Locale.ROOT));
        }
    }
}
