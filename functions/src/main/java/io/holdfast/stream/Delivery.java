package io.holdfast.stream;

import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStream.Subscription;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;

/**
 * Delivers a turn's chunks to subscribers that are leased to the caller, each on a thread of its
 * own, so that a slow one delays nobody else.
 *
 * @param stream where the chunks are
 * @param connections where they go
 * @param clock the time, also of leases and deadlines
 * @param settings the same as the stream's
 */
public record Delivery(
        TurnStream stream, Connections connections, InstantSource clock, StreamSettings settings) {

    /**
     * A pump asks the stream at least this often, so that its lease is renewed in time, and so that
     * it soon learns if Redis has forgotten what it is posting.
     */
    public static final Duration BATCH_LIMIT = Duration.ofMillis(500);

    /** How long a post that began before the deadline may go on, before it is left alone. */
    static final Duration LAST_POST = Duration.ofSeconds(2);

    /**
     * Delivers until everyone has everything, or until the deadline and the last posts begun before
     * it: two seconds more at most.
     *
     * @return one outcome for each subscriber, in their order
     */
    public List<Delivered> deliver(
            TurnId turn, List<Subscription> subscribers, String holder, Instant deadline) {
        List<Running> running =
                subscribers.stream().map(one -> start(turn, one, holder, deadline)).toList();
        Duration left = Duration.between(clock.instant(), deadline);
        return Running.settle(running, left.plus(LAST_POST));
    }

    private Running start(TurnId turn, Subscription subscriber, String holder, Instant deadline) {
        Pump pump = pump(turn, subscriber, holder);
        pump.stopAt(deadline);
        Running running = new Running(pump);
        running.start(pump::run);
        return running;
    }

    Pump pump(TurnId turn, Subscription subscriber, String holder) {
        return new Pump(stream, connections, clock, settings, turn, subscriber, holder);
    }
}
