package io.holdfast.local.states;

import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.Queue;

/** A clock that stands still until it is told to advance. */
public final class VirtualClock implements Timer {
    private record Ring(Instant at, long order, Runnable task) {}

    private final Queue<Ring> rings =
            new PriorityQueue<>(Comparator.comparing(Ring::at).thenComparingLong(Ring::order));
    private Instant now = Instant.parse("2026-01-01T00:00:00Z");
    private long order;

    @Override
    public synchronized Instant instant() {
        return now;
    }

    @Override
    public synchronized Alarm schedule(Instant at, Runnable task) {
        Ring ring = new Ring(at, order++, task);
        rings.add(ring);
        return () -> {
            synchronized (this) {
                rings.remove(ring);
            }
        };
    }

    /** Lets time pass; whatever is due rings, each at its own time. */
    public void advance(Duration duration) {
        Instant end = instant().plus(duration);
        while (true) {
            Ring due;
            synchronized (this) {
                due = rings.peek();
                if (due == null || due.at().isAfter(end)) {
                    now = end;
                    return;
                }
                rings.remove(due);
                if (due.at().isAfter(now)) {
                    now = due.at();
                }
            }
            due.task().run();
        }
    }

    /** Waits until somebody has set an alarm that rings after this long, then lets it ring. */
    public void advanceWhenSet(Duration duration) {
        await().pollInterval(Duration.ofMillis(1))
                .atMost(Duration.ofSeconds(10))
                .until(() -> isSet(duration));
        advance(duration);
    }

    /** Whether an alarm rings after exactly this long. */
    public synchronized boolean isSet(Duration duration) {
        Instant at = now.plus(duration);
        return rings.stream().anyMatch(ring -> ring.at().equals(at));
    }

    /** How many alarms are set. */
    public synchronized int alarms() {
        return rings.size();
    }
}
