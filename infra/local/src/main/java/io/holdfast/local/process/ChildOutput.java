package io.holdfast.local.process;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.BufferedReader;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/** What a child process prints: each line goes to a log, and the last lines are kept. */
public final class ChildOutput {
    private static final Logger LOG = LoggerFactory.getLogger(ChildOutput.class);

    /** As many as say why a start failed. */
    private static final int KEPT_LINES = 20;

    private final String name;

    // Guarded by itself.
    private final Deque<String> last = new ArrayDeque<>();

    /**
     * Nothing yet.
     *
     * @param name the child's, for those who look at threads
     */
    public ChildOutput(String name) {
        this.name = name;
    }

    /**
     * Reads lines on a thread of its own, until the child and all that it has started are gone.
     *
     * @return the thread
     */
    public Thread follow(BufferedReader reader, Consumer<String> log) {
        return Thread.ofPlatform().daemon().name(name + "-output").start(() -> read(reader, log));
    }

    private void read(BufferedReader reader, Consumer<String> log) {
        try (reader) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                log.accept(line);
                synchronized (last) {
                    last.addLast(line);
                    if (last.size() > KEPT_LINES) {
                        last.removeFirst();
                    }
                }
            }
        } catch (IOException closed) {
            LOG.trace("the output of {} has ended", name, closed);
        }
    }

    /** The last lines, 20 at most. */
    public String last() {
        synchronized (last) {
            return String.join("\n", last);
        }
    }
}
