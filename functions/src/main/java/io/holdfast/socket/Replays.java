package io.holdfast.socket;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.Pause;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Delivered;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.Subscriber;
import io.holdfast.stream.TurnStream;
import io.holdfast.stream.TurnStream.Subscription;
import io.holdfast.stream.TurnStream.Taken;
import io.holdfast.turn.StreamRestorer;
import io.holdfast.turn.SubscriberStore;
import io.holdfast.turn.TurnParts;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvocationType;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Subscribes requests to turns and replays what they miss.
 *
 * <p>A subscriber is in the record before it is in the stream: whoever makes the stream again after
 * Redis forgot it finds it there. A replay that takes longer than the gateway waits goes on in an
 * asynchronous invocation of the same function.
 */
final class Replays {
    private static final Logger LOG = LoggerFactory.getLogger(Replays.class);

    /** How often a stream that vanishes under our hands is made again. */
    private static final int RESTORATIONS = 5;

    /**
     * Invocations that one replay may take, 18 s each: a client that takes less than a frame a
     * second has lost its patience by then, and resumes.
     */
    private static final int MOST_HANDOVERS = 20;

    private final TurnStream stream;
    private final Delivery delivery;
    private final StreamRestorer restorer;
    private final SubscriberStore subscribers;
    private final LambdaClient lambda;
    private final String functionName;
    private final Supplier<String> holders;
    private final Pause pause;
    private final RandomGenerator random;

    /**
     * Replays with these parts.
     *
     * @param functionName the socket function itself
     */
    Replays(TurnParts parts, LambdaClient lambda, String functionName) {
        this.delivery = parts.delivery();
        this.stream = delivery.stream();
        this.restorer = parts.restorer();
        this.subscribers = parts.subscribers();
        this.holders = parts.ids()::holder;
        this.pause = parts.pause();
        this.random = parts.random();
        this.lambda = lambda;
        this.functionName = functionName;
    }

    /** What came of subscribing a request. */
    sealed interface Attached {
        /**
         * It is attached, and leased to the holder.
         *
         * @param subscription with the first sequence that it gets
         * @param hasEnded whether the turn's stream is complete
         */
        record Now(TurnId turn, Subscription subscription, String holder, boolean hasEnded)
                implements Attached {}

        /**
         * Redis forgot the stream while a step is being written; the step's writer will make it
         * again, with this subscriber.
         */
        record Later() implements Attached {}
    }

    /**
     * Subscribes a request to a turn from a sequence on.
     *
     * @param base the turn's sequence that the client knows as 0
     * @param from the first sequence that the client misses; one beyond the end means all of them
     */
    Attached attach(TurnId turn, Subscriber subscriber, long base, long from) {
        Subscription wanted = new Subscription(subscriber, base, from);
        subscribers.put(turn, wanted, now());
        return find(turn, wanted);
    }

    /** Subscribes a request to a turn that has just begun and has no stream yet. */
    Attached attachFirst(TurnId turn, Subscriber subscriber) {
        Subscription wanted = new Subscription(subscriber, 0, 0);
        subscribers.put(turn, wanted, now());
        var _ = stream.create(turn, TurnStream.Beginning.EMPTY, now());
        return find(turn, wanted);
    }

    private Attached find(TurnId turn, Subscription wanted) {
        String holder = holders.get();
        Subscriber subscriber = wanted.subscriber();
        for (int attempt = 0; attempt < RESTORATIONS; attempt++) {
            switch (stream.attach(
                    turn, subscriber, wanted.base(), wanted.cursor(), holder, now())) {
                case TurnStream.Attached.Subscribed subscribed -> {
                    if (wanted.cursor() > subscribed.next()) {
                        return attach(turn, subscriber, 0, 0);
                    }
                    boolean hasEnded = subscribed.status().isFinal();
                    return new Attached.Now(turn, wanted, holder, hasEnded);
                }
                case TurnStream.Attached.Missing() -> {
                    if (!restorer.restore(turn)) {
                        return new Attached.Later();
                    }
                }
            }
        }
        throw new IllegalStateException("Redis forgets " + turn + " again and again");
    }

    /** Forgets a subscriber that has everything, so that its request's id can be used again. */
    void forget(TurnId turn, Subscriber subscriber) {
        stream.detach(turn, subscriber);
        subscribers.remove(turn, subscriber);
    }

    /** Delivers what a subscriber misses; what is left at the end of the time, others deliver. */
    void deliver(Attached.Now attached, Duration within) {
        deliver(attached, 0, within);
    }

    /** Goes on where an earlier invocation had to stop. */
    void goOn(SocketEvent.Replay replay, Duration within) {
        if (find(replay.turn(), replay.subscription()) instanceof Attached.Now attached) {
            deliver(attached, replay.handovers(), within);
        }
    }

    /**
     * Delivers to those subscribers of a turn that lack something and that nobody delivers to: its
     * pump has died, or Redis has forgotten the stream after its end.
     */
    void lookAfter(TurnId turn, Duration within) {
        String holder = holders.get();
        Instant deadline = now().plus(within);
        Taken taken = stream.take(turn, holder, now());
        if (taken instanceof Taken.Missing && restorer.restore(turn)) {
            taken = stream.take(turn, holder, now());
        }
        if (taken instanceof Taken.Some(List<Subscription> leased, int held) && !leased.isEmpty()) {
            var _ = delivery.deliver(turn, leased, holder, deadline);
        }
    }

    private void deliver(Attached.Now attached, int handovers, Duration within) {
        TurnId turn = attached.turn();
        Instant deadline = now().plus(within);
        Attached.Now current = attached;
        for (int restorations = 0; ; ) {
            Delivered delivered =
                    delivery.deliver(
                                    turn,
                                    List.of(current.subscription()),
                                    current.holder(),
                                    deadline)
                            .getFirst();
            switch (delivered) {
                case Delivered.Idle idle -> {
                    return;
                }
                case Delivered.Done(Subscriber done) -> {
                    subscribers.remove(turn, done);
                    return;
                }
                case Delivered.Lost lost -> {
                    return;
                }
                case Delivered.Gone(Subscriber gone) -> {
                    subscribers.remove(turn, gone);
                    return;
                }
                case Delivered.Unfinished(Subscriber subscriber, long base, long cursor) -> {
                    handOver(turn, new Subscription(subscriber, base, cursor), handovers);
                    return;
                }
                case Delivered.Failed failed -> {
                    // The gateway or Redis is in trouble; the lease is still ours.
                    if (!now().isBefore(deadline)) {
                        LOG.warn("A replay of {} is left to others: {}", turn, failed.reason());
                        return;
                    }
                    pause.pause(Duration.ofMillis(random.nextInt(250, 1_000)));
                }
                case Delivered.Missing(Subscriber subscriber, long base, long cursor) -> {
                    if (++restorations > RESTORATIONS
                            || !(find(turn, new Subscription(subscriber, base, cursor))
                                    instanceof Attached.Now found)) {
                        return;
                    }
                    current = found;
                }
            }
        }
    }

    private void handOver(TurnId turn, Subscription unfinished, int handovers) {
        if (handovers == MOST_HANDOVERS) {
            LOG.warn("A replay of {} is too slow; it is left to whoever delivers next", turn);
            return;
        }
        ObjectNode event = Json.object();
        event.putObject("replay")
                .put("turn", turn.value())
                .put("connection", unfinished.subscriber().connection().value())
                .put("request", unfinished.subscriber().request().value())
                .put("base", unfinished.base())
                .put("cursor", unfinished.cursor())
                .put("handovers", handovers + 1);
        var _ =
                lambda.invoke(
                        invocation ->
                                invocation
                                        .functionName(functionName)
                                        .invocationType(InvocationType.EVENT)
                                        .payload(SdkBytes.fromUtf8String(Json.write(event))));
    }

    private Instant now() {
        return delivery.clock().instant();
    }
}
