package io.holdfast.stream;

import io.holdfast.stream.TurnStream.Entry;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Delivers to one subscriber what its writer has just written, out of memory. As soon as that does
 * not follow on what the subscriber has (it lags, or another function has written in between), or
 * nothing comes for a while, it reads on from the stream until it is idle; the next append then
 * leases the subscriber anew.
 */
final class LivePump {
    /** A subscriber that lags by more than this reads from the stream. */
    static final int BUFFER = 256;

    /**
     * After so much silence the lease is given back, so that others who write to the turn (parallel
     * tools) can deliver. Longer than the longest coalescing window.
     */
    static final Duration SILENCE = Duration.ofMillis(500);

    private final Pump pump;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<Entry> buffer = new ArrayDeque<>();
    private long tail;
    private boolean reading;
    private boolean lost;

    LivePump(Pump pump) {
        this.pump = pump;
        this.tail = pump.cursor();
    }

    Pump pump() {
        return pump;
    }

    /** Takes chunks that were just written; passes them over once it reads from the stream. */
    void offer(long first, List<String> chunks) {
        lock.lock();
        try {
            if (reading || lost || chunks.isEmpty()) {
                return;
            }
            if (first != tail || buffer.size() + chunks.size() > BUFFER) {
                reading = true;
            } else {
                for (String chunk : chunks) {
                    buffer.add(new Entry(tail++, chunk));
                }
            }
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    /** Another has the subscriber now. */
    void lose() {
        end(() -> lost = true);
    }

    /** No more will be written; what there is, is still delivered. */
    void finish() {
        end(() -> reading = true);
    }

    private void end(Runnable change) {
        lock.lock();
        try {
            change.run();
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    Delivered run() {
        for (Entry entry = next(); entry != null; entry = next()) {
            if (pump.isOverdue()) {
                return pump.giveBack();
            }
            Delivered stopped = pump.post(entry.sequence(), entry.chunk());
            if (stopped != null) {
                return stopped;
            }
        }
        return lost() ? new Delivered.Lost(pump.subscriber()) : pump.run();
    }

    private boolean lost() {
        lock.lock();
        try {
            return lost;
        } finally {
            lock.unlock();
        }
    }

    /** The next entry from memory; absent if it is to read from the stream now, or to stop. */
    private @Nullable Entry next() {
        lock.lock();
        try {
            long left = SILENCE.toNanos();
            while (buffer.isEmpty() && !reading && !lost) {
                if (left <= 0) {
                    reading = true;
                } else {
                    left = changed.awaitNanos(left);
                }
            }
            return lost ? null : buffer.poll();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            reading = true;
            return null;
        } finally {
            lock.unlock();
        }
    }
}
