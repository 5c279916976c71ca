package io.holdfast.stream;

import io.holdfast.platform.Pause;
import io.holdfast.platform.TurnId;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import redis.clients.jedis.exceptions.JedisException;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Waits for a Redis that is away for some seconds (a restart, a failover), where doing it again is
 * safe.
 *
 * <p>Every call but {@link #append} may be done twice: the second finds what the first has done.
 * After a failed append nobody knows whether the chunks are there, so its step is written again.
 */
public final class PatientTurnStream implements TurnStream {
    private static final Logger LOG = LoggerFactory.getLogger(PatientTurnStream.class);

    /** A failover takes a few seconds; the socket function must have answered in 20. */
    private static final Duration PATIENCE = Duration.ofSeconds(8);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    private final TurnStream stream;
    private final Pause pause;
    private final RandomGenerator random;

    /** Calls this stream. */
    public PatientTurnStream(TurnStream stream, Pause pause, RandomGenerator random) {
        this.stream = stream;
        this.pause = pause;
        this.random = random;
    }

    private <T> T patiently(Supplier<T> call) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        Duration longest = FIRST_PAUSE;
        while (true) {
            try {
                return call.get();
            } catch (JedisException e) {
                if (System.nanoTime() >= end || Thread.currentThread().isInterrupted()) {
                    throw e;
                }
                LOG.info("Redis does not answer, again in a moment: {}", e.getMessage());
            }
            // Between half and all of a time that doubles.
            pause.pause(longest.multipliedBy(random.nextLong(50, 100)).dividedBy(100));
            longest =
                    longest.compareTo(LONGEST_PAUSE) < 0 ? longest.multipliedBy(2) : LONGEST_PAUSE;
        }
    }

    @Override
    public boolean create(TurnId turn, Beginning beginning, Instant now) {
        return patiently(() -> stream.create(turn, beginning, now));
    }

    @Override
    public boolean verify(TurnId turn, long reached) {
        return patiently(() -> stream.verify(turn, reached));
    }

    @Override
    public Opened open(TurnId turn, Fence fence, Instant now) {
        return patiently(() -> stream.open(turn, fence, now));
    }

    @Override
    public Appended append(
            TurnId turn,
            Fence fence,
            List<String> chunks,
            @Nullable Integer begins,
            Span span,
            String holder,
            Map<Subscriber, Long> marks,
            Instant now) {
        return stream.append(turn, fence, chunks, begins, span, holder, marks, now);
    }

    @Override
    public Attached attach(
            TurnId turn,
            Subscriber subscriber,
            long base,
            long cursor,
            String holder,
            Instant now) {
        return patiently(() -> stream.attach(turn, subscriber, base, cursor, holder, now));
    }

    @Override
    public boolean adopt(TurnId turn, List<Subscription> subscriptions, Instant now) {
        return patiently(() -> stream.adopt(turn, subscriptions, now));
    }

    @Override
    public Taken take(TurnId turn, String holder, Instant now) {
        return patiently(() -> stream.take(turn, holder, now));
    }

    @Override
    public Advanced advance(
            TurnId turn, Subscriber subscriber, long cursor, String holder, Instant now) {
        return patiently(() -> stream.advance(turn, subscriber, cursor, holder, now));
    }

    @Override
    public void release(TurnId turn, Subscriber subscriber, long cursor, String holder) {
        // The lease runs out by itself: not worth a wait.
        stream.release(turn, subscriber, cursor, holder);
    }

    @Override
    public void detach(TurnId turn, Subscriber subscriber) {
        patiently(
                () -> {
                    stream.detach(turn, subscriber);
                    return true;
                });
    }

    @Override
    public void detach(TurnId turn, Subscriber subscriber, String holder) {
        patiently(
                () -> {
                    stream.detach(turn, subscriber, holder);
                    return true;
                });
    }

    @Override
    public Paused pause(TurnId turn, long continued, Instant now) {
        return patiently(() -> stream.pause(turn, continued, now));
    }

    @Override
    public Unpaused unpause(TurnId turn, long continued, Instant now) {
        return patiently(() -> stream.unpause(turn, continued, now));
    }

    @Override
    public Closed close(
            TurnId turn, TurnStatus status, List<String> lastChunks, String holder, Instant now) {
        return patiently(() -> stream.close(turn, status, lastChunks, holder, now));
    }

    @Override
    public List<Entry> read(TurnId turn, long from) {
        return patiently(() -> stream.read(turn, from));
    }

    @Override
    public List<Subscription> subscribers(TurnId turn) {
        return patiently(() -> stream.subscribers(turn));
    }

    @Override
    public void delete(TurnId turn) {
        patiently(
                () -> {
                    stream.delete(turn);
                    return true;
                });
    }
}
