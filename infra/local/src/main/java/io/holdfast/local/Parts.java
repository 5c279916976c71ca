package io.holdfast.local;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;

/** The parts of a running system: starts them side by side, tells how long each took, ends them. */
final class Parts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Parts.class);

    private final Consumer<String> progress;
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofPlatform().name("start-", 0).factory());

    // Guarded by this.
    private final Deque<AutoCloseable> started = new ArrayDeque<>();
    private boolean closed;

    Parts(Consumer<String> progress) {
        this.progress = progress;
    }

    /** Begins to start a part; others may start meanwhile. */
    <T extends AutoCloseable> CompletableFuture<T> begin(String name, Callable<T> start) {
        return work(name, () -> keep(start.call()));
    }

    /** Begins work that leaves nothing to end. */
    <T> CompletableFuture<T> work(String name, Callable<T> work) {
        return CompletableFuture.supplyAsync(
                () -> {
                    long from = System.nanoTime();
                    T result;
                    try {
                        result = work.call();
                    } catch (RuntimeException e) {
                        throw e;
                    } catch (Exception e) {
                        throw new CompletionException(e);
                    }
                    Duration took = Duration.ofNanos(System.nanoTime() - from);
                    progress.accept(
                            String.format(
                                    Locale.ROOT, "  %-12s %5.2f s", name, took.toMillis() / 1e3));
                    return result;
                },
                threads);
    }

    /** Ends what was started, the latest first. A part that starts later is ended at once. */
    @Override
    public void close() {
        threads.shutdown();
        Deque<AutoCloseable> ending;
        synchronized (this) {
            closed = true;
            ending = new ArrayDeque<>(started);
            started.clear();
        }
        ending.forEach(Parts::end);
    }

    /** Takes a part that has started, to end it with the others. */
    <T extends AutoCloseable> T keep(T part) {
        synchronized (this) {
            if (!closed) {
                started.push(part);
                return part;
            }
        }
        end(part);
        return part;
    }

    private static void end(AutoCloseable part) {
        try {
            part.close();
        } catch (Exception e) {
            LOG.warn("{} did not end cleanly", part.getClass().getSimpleName(), e);
        }
    }
}
