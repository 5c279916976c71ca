package io.holdfast.socket;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Delivered;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.Subscriber;
import io.holdfast.stream.TurnStream;
import io.holdfast.stream.TurnStream.Subscription;

import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvocationType;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Subscribes requests to turns and replays what they miss.
 *
 * <p>A replay that takes longer than the gateway waits goes on in an asynchronous invocation of the
 * same function.
 */
final class Replays {
    private final TurnStream stream;
    private final Delivery delivery;
    private final LambdaClient lambda;
    private final String functionName;
    private final Supplier<String> holders;
    private final InstantSource clock;

    /**
     * Everything that a replay needs.
     *
     * @param functionName the socket function itself
     * @param holders names for pumps, each used once
     */
    Replays(
            TurnStream stream,
            Delivery delivery,
            LambdaClient lambda,
            String functionName,
            Supplier<String> holders,
            InstantSource clock) {
        this.stream = stream;
        this.delivery = delivery;
        this.lambda = lambda;
        this.functionName = functionName;
        this.holders = holders;
        this.clock = clock;
    }

    /**
     * A subscriber that is attached, and leased to the holder.
     *
     * @param hasEnded whether the turn's stream is complete
     */
    record Attached(TurnId turn, Subscription leased, String holder, boolean hasEnded) {}

    /**
     * Subscribes a request to a turn from a sequence on; empty if the turn has no stream any more.
     *
     * @param from the first sequence that the client misses; one beyond the end means all of them
     */
    Optional<Attached> attach(TurnId turn, Subscriber subscriber, long from) {
        String holder = holders.get();
        return switch (stream.attach(turn, subscriber, 0, from, holder, clock.instant())) {
            case TurnStream.Attached.Missing() -> Optional.empty();
            case TurnStream.Attached.Subscribed subscribed -> {
                long cursor = from;
                if (from > subscribed.next()) {
                    cursor = 0;
                    var _ = stream.attach(turn, subscriber, 0, 0, holder, clock.instant());
                }
                yield Optional.of(
                        new Attached(
                                turn,
                                new Subscription(subscriber, 0, cursor),
                                holder,
                                subscribed.status().isFinal()));
            }
        };
    }

    /** Delivers what a subscriber misses; what is left at the end of the time, others deliver. */
    void deliver(Attached attached, Duration within) {
        List<Delivered> delivered =
                delivery.deliver(
                        attached.turn(),
                        List.of(attached.leased()),
                        attached.holder(),
                        clock.instant().plus(within));
        if (delivered.getFirst() instanceof Delivered.Unfinished unfinished) {
            handOver(attached.turn(), unfinished);
        }
    }

    /** Goes on where an earlier invocation had to stop. */
    void goOn(SocketEvent.Replay replay, Duration within) {
        String holder = holders.get();
        switch (stream.attach(
                replay.turn(),
                replay.subscriber(),
                replay.base(),
                replay.cursor(),
                holder,
                clock.instant())) {
            case TurnStream.Attached.Missing() -> {
                // The stream has expired meanwhile: the client loads the conversation.
            }
            case TurnStream.Attached.Subscribed subscribed ->
                    deliver(
                            new Attached(
                                    replay.turn(),
                                    new Subscription(
                                            replay.subscriber(), replay.base(), replay.cursor()),
                                    holder,
                                    subscribed.status().isFinal()),
                            within);
        }
    }

    private void handOver(TurnId turn, Delivered.Unfinished unfinished) {
        ObjectNode event = Json.object();
        event.putObject("replay")
                .put("turn", turn.value())
                .put("connection", unfinished.subscriber().connection().value())
                .put("request", unfinished.subscriber().request().value())
                .put("base", unfinished.base())
                .put("cursor", unfinished.cursor());
        var _ =
                lambda.invoke(
                        invocation ->
                                invocation
                                        .functionName(functionName)
                                        .invocationType(InvocationType.EVENT)
                                        .payload(SdkBytes.fromUtf8String(Json.write(event))));
    }
}
