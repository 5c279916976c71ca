package io.holdfast.access;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/**
 * What a key may do: read one kind of thing, or change it.
 *
 * <p>Of a route, the first word of its path is the kind, and GET reads: whoever adds a route need
 * not say its scope, only whoever adds a kind.
 */
public enum Scope {
    /** Looks at sessions and their messages, and watches them. */
    SESSIONS_READ,
    /** Begins and changes sessions, and sends messages. */
    SESSIONS_WRITE,
    /** Looks at turns, and receives them. */
    TURNS_READ,
    /** Begins and cancels turns, and answers approvals. */
    TURNS_WRITE,
    /** Looks at operations. */
    OPERATIONS_READ,
    /** Cancels operations. */
    OPERATIONS_WRITE,
    /** Looks at schedules. */
    SCHEDULES_READ,
    /** Makes, changes and deletes schedules. */
    SCHEDULES_WRITE,
    /** Reads the profile. */
    PROFILE_READ,
    /** Writes the profile. */
    PROFILE_WRITE,
    /** Reads notes. */
    NOTES_READ,
    /** Writes, changes and deletes notes. */
    NOTES_WRITE,
    /** Looks at prompts. */
    PROMPTS_READ,
    /** Has a prompt filled in. */
    PROMPTS_WRITE,
    /** Looks at assistants. */
    ASSISTANTS_READ,
    /** Looks at tools. */
    TOOLS_READ;

    /** As clients write it: {@code sessions:read}. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT).replace('_', ':');
    }

    /** The scope of this name; empty if there is none. */
    public static Optional<Scope> named(String wireName) {
        return Arrays.stream(values())
                .filter(scope -> scope.wireName().equals(wireName))
                .findFirst();
    }

    /** What a route of the HTTP API wants, {@code GET /turns/{turnId}}; empty if no key will do. */
    public static Optional<Scope> ofRoute(String routeKey) {
        String[] words = routeKey.split("[ /]+", -1);
        return words.length < 2
                ? Optional.empty()
                : named(words[1] + (words[0].equals("GET") ? ":read" : ":write"));
    }
}
