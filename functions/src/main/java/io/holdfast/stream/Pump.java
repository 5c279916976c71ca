package io.holdfast.stream;

import io.holdfast.platform.TurnId;
import io.holdfast.stream.Connections.Posted;
import io.holdfast.stream.TurnStream.Advanced;
import io.holdfast.stream.TurnStream.Entry;
import io.holdfast.stream.TurnStream.Leased;

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
            Leased leased,
            String holder) {
        this.stream = stream;
        this.connections = connections;
        this.clock = clock;
        // A batch that takes longer is cut short, so that the lease is renewed in time.
        this.batchLimit = settings.lease().dividedBy(2);
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

    /** Sets when it stops though there is more; may be called while it runs. */
    void stopAt(Instant time) {
        deadline = time;
    }

    boolean isOverdue() {
        return !clock.instant().isBefore(deadline);
    }

    /** Reads and posts until there is no more, or until it is told to stop. */
    Delivered run() {
        while (true) {
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
                case Advanced.More more -> {
                    Delivered stopped = batch(more);
                    if (stopped != null) {
                        return stopped;
                    }
                }
            }
        }
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
        if (stopped == null) {
            cursor = more.cursor();
        }
        return stopped;
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
            case Posted.Failed(String reason) -> {
                // Only for the cursor: what it reads is left, and the lease runs out by itself.
                stream.advance(turn, subscriber, cursor, holder, clock.instant());
                yield new Delivered.Failed(subscriber, reason);
            }
        };
    }

    /** Stops before it has delivered everything. */
    Delivered giveBack() {
        stream.release(turn, subscriber, cursor, holder);
        return unfinished();
    }
}
