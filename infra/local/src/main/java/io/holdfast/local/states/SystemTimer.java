package io.holdfast.local.states;

import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The machine's clock; one daemon thread rings every alarm. */
public final class SystemTimer implements Timer, AutoCloseable {
    private final ScheduledThreadPoolExecutor executor;

    /** Starts the thread. */
    public SystemTimer() {
        executor =
                new ScheduledThreadPoolExecutor(
                        1, Thread.ofPlatform().daemon().name("states-timer").factory());
        // A cancelled timeout of a week would otherwise stay in memory for a week.
        executor.setRemoveOnCancelPolicy(true);
    }

    @Override
    public Instant instant() {
        return Instant.now();
    }

    @Override
    public Alarm schedule(Instant at, Runnable task) {
        long delay = Duration.between(instant(), at).toMillis();
        Future<?> future = executor.schedule(task, Math.max(0, delay), TimeUnit.MILLISECONDS);
        return () -> future.cancel(false);
    }

    @Override
    public void close() {
        executor.shutdownNow();
    }
}
