package io.holdfast.stream;

import io.holdfast.platform.TurnId;
import io.holdfast.stream.Connections.Posted;
import io.holdfast.stream.TurnStream.Advanced;
import io.holdfast.stream.TurnStream.Entry;
import io.holdfast.stream.TurnStream.Subscription;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * Delivers to one subscriber, on one thread: posts entries in order, each only when the one before
 * is accepted, and reports how far it got after each batch.
 *
 * <p>Safe whatever the lease: it starts at a cursor that the client has reached and leaves nothing
 * out, so that two pumps at once make duplicates, never a gap.
 */
final class Pump {
    private final TurnStream stream;
    private final Connections connections;
    private final InstantSource clock;
    private final Duration batchLimit;
    private final TurnId turn;
    private final Subscriber subscriber;
    private final long base;
    private final String holder;
    private volatile long cursor;
    private volatile Instant deadline = Instant.MAX;

    Pump(
            TurnStream stream,
            Connections connections,
            InstantSource clock,
            StreamSettings settings,
            TurnId turn,
            Subscription leased,
            String holder) {
        this.stream = stream;
        this.connections = connections;
        this.clock = clock;
        Duration renewal = settings.lease().dividedBy(2);
        this.batchLimit =
                renewal.compareTo(Delivery.BATCH_LIMIT) < 0 ? renewal : Delivery.BATCH_LIMIT;
        this.turn = turn;
        this.subscriber = leased.subscriber();
        this.base = leased.base();
        this.holder = holder;
        this.cursor = leased.cursor();
    }

    /** The first sequence that is not accepted yet; may be asked from another thread. */
    long cursor() {
        return cursor;
    }

    Subscriber subscriber() {
        return subscriber;
    }

    Delivered.Unfinished unfinished() {
        return new Delivered.Unfinished(subscriber, base, cursor);
    }

    /**
     * From now on it stops after the post that is under way, and leaves the stream alone; may be
     * called while it runs, by whoever gives the subscriber back.
     */
    void stop() {
        stopAt(Instant.MIN);
    }

    /** Sets when it stops though there is more; may be called while it runs. */
    void stopAt(Instant time) {
        deadline = time;
    }

    /** Whether somebody else has given the subscriber back: asking would take it once more. */
    private boolean isStopped() {
        return deadline.equals(Instant.MIN);
    }

    boolean isOverdue() {
        return !clock.instant().isBefore(deadline);
    }

    /** Reads and posts until there is no more, or until it is told to stop. */
    Delivered run() {
        while (!isStopped()) {
            switch (stream.advance(turn, subscriber, cursor, holder, clock.instant())) {
                case Advanced.Idle() -> {
                    return new Delivered.Idle(subscriber);
                }
                case Advanced.Done() -> {
                    return new Delivered.Done(subscriber);
                }
                case Advanced.Lost() -> {
                    return new Delivered.Lost(subscriber);
                }
                case Advanced.Missing() -> {
                    return missing();
                }
                case Advanced.More more -> {
                    Delivered stopped = isOverdue() ? giveBack() : batch(more);
                    if (stopped != null) {
                        return stopped;
                    }
                }
            }
        }
        return unfinished();
    }

    /** Posts entries and, if they are the last, the end. Absent: go on. */
    private @Nullable Delivered batch(Advanced.More more) {
        Instant renewal = clock.instant().plus(batchLimit);
        for (Entry entry : more.entries()) {
            if (isOverdue()) {
                return giveBack();
            }
            if (clock.instant().isAfter(renewal)) {
                return null;
            }
            Delivered stopped = post(entry.sequence(), entry.chunk());
            if (stopped != null) {
                return stopped;
            }
        }
        if (!more.ends()) {
            return null;
        }
        byte[] frame = Frames.end(subscriber.request());
        Delivered stopped = outcome(connections.post(subscriber.connection(), frame));
        if (stopped != null) {
            return stopped;
        }
        cursor = more.cursor();
        // Not by its cursor: a turn that waited may go on by now, and has more entries.
        stream.detach(turn, subscriber, holder);
        return new Delivered.Done(subscriber);
    }

    /** Posts one chunk and moves the cursor behind it. Absent: accepted. */
    @Nullable Delivered post(long sequence, String chunk) {
        byte[] frame = Frames.chunk(subscriber.request(), sequence - base, chunk);
        Delivered stopped = outcome(connections.post(subscriber.connection(), frame));
        if (stopped == null) {
            cursor = sequence + 1;
        }
        return stopped;
    }

    private @Nullable Delivered outcome(Posted posted) {
        return switch (posted) {
            case Posted.Accepted() -> null;
            case Posted.Gone() -> {
                stream.detach(turn, subscriber);
                yield new Delivered.Gone(subscriber);
            }
            case Posted.Failed(String reason) -> failed(reason);
        };
    }

    /** Only stores the cursor: what it reads is left, and the lease runs out by itself. */
    Delivered failed(String reason) {
        if (isStopped()) {
            return unfinished();
        }
        return stream.advance(turn, subscriber, cursor, holder, clock.instant())
                        instanceof Advanced.Missing
                ? missing()
                : new Delivered.Failed(subscriber, reason);
    }

    private Delivered.Missing missing() {
        return new Delivered.Missing(subscriber, base, cursor);
    }

    /**
     * Stores the cursor and gives the lease back before everything is delivered; may be called from
     * another thread, though a post is under way: that chunk may come twice then.
     */
    Delivered.Unfinished giveBack() {
        Delivered.Unfinished unfinished = unfinished();
        stream.release(turn, subscriber, unfinished.cursor(), holder);
        return unfinished;
    }
}
