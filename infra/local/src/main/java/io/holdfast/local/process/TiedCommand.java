package io.holdfast.local.process;

import java.util.ArrayList;
import java.util.List;

/**
 * A command whose program ends also when the JVM that started it is killed.
 *
 * <p>Its parent is a shell that waits for the end of a pipe which the JVM holds (the shell's
 * standard input), and then ends it. Closing that pipe is the orderly way to end it.
 */
public final class TiedCommand {
    /**
     * Runs its arguments until they end, or until its own input ends. The watcher is stopped first
     * when the program has ended by itself: its number could be another process's by then.
     */
    private static final String WATCH =
            """
            trap '' INT
            exec 3<&0
            "$@" </dev/null 3<&- & server=$!
            { cat <&3 >/dev/null; kill $server 2>/dev/null; } & watcher=$!
            exec 3<&-
            wait $server
            kill $watcher 2>/dev/null
            """;

    private TiedCommand() {}

    /** The command that runs this command, tied. */
    public static List<String> of(List<String> command) {
        List<String> tied = new ArrayList<>(List.of("sh", "-c", WATCH, "sh"));
        tied.addAll(command);
        return List.copyOf(tied);
    }
}
