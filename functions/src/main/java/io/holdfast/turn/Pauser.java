package io.holdfast.turn;

import io.holdfast.platform.TurnId;
import io.holdfast.session.SessionEvent;
import io.holdfast.session.SessionEvents;
import io.holdfast.stream.Delivered;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.TurnStream;
import io.holdfast.stream.TurnStream.Paused;
import io.holdfast.stream.TurnStream.Subscription;
import io.holdfast.stream.TurnStream.Taken;

import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Lets a turn wait when nothing is left to do but to hear from humans: its readers get the end of
 * the stream, so that a client can answer.
 *
 * <p>An answer may come at any moment. The turn counts its answers; a pause says how many it knows
 * of, and does nothing if there has been one more. So the record decides, and the stream follows:
 * whichever comes later, pause or answer, finds the other.
 */
final class Pauser {
    /** Whom the end does not reach in this time, the next ping or sweep does. */
    private static final Duration DELIVERY = Duration.ofSeconds(5);

    private static final int RESTORATIONS = 5;

    private final TurnStore turns;
    private final CallStore calls;
    private final SubscriberStore subscribers;
    private final StreamRestorer restorer;
    private final Delivery delivery;
    private final SessionEvents events;
    private final Supplier<String> holders;

    Pauser(TurnParts parts) {
        this.turns = parts.turns();
        this.calls = parts.calls();
        this.subscribers = parts.subscribers();
        this.restorer = parts.restorer();
        this.delivery = parts.delivery();
        this.events = parts.events();
        this.holders = parts.ids()::holder;
    }

    /** Pauses a turn if every call of a step is settled or waits for a human, and one waits. */
    void pauseIfIdle(TurnId id, int step) {
        // First the count, then the calls: an answer after the count is seen by the count.
        Turn turn = turns.find(id).orElse(null);
        if (turn == null || turn.status().isFinal()) {
            return;
        }
        List<Call> made = calls.of(id, step);
        boolean waits = made.stream().anyMatch(Call::waits);
        boolean works = made.stream().anyMatch(call -> !call.settled() && !call.waits());
        if (waits && !works && turns.pause(id, turn.continued())) {
            pauseStream(id, turn.continued());
            events.tell(turn.session(), turn.user(), new SessionEvent.TurnWaiting(id));
        }
    }

    private void pauseStream(TurnId id, long continued) {
        TurnStream stream = delivery.stream();
        for (int attempt = 0; attempt < RESTORATIONS; attempt++) {
            switch (stream.pause(id, continued, delivery.clock().instant())) {
                case Paused.Waiting() -> {
                    bringTheEnd(id);
                    return;
                }
                // The turn goes on, or has ended.
                case Paused.Outdated() -> {
                    return;
                }
                case Paused.Ended ended -> {
                    return;
                }
                case Paused.Missing() -> {
                    if (!restorer.restore(id)) {
                        return;
                    }
                }
            }
        }
        throw new StreamForgottenException();
    }

    private void bringTheEnd(TurnId id) {
        String holder = holders.get();
        if (!(delivery.stream().take(id, holder, delivery.clock().instant())
                instanceof Taken.Some(List<Subscription> leased, int held))) {
            return;
        }
        for (Delivered outcome :
                delivery.deliver(id, leased, holder, delivery.clock().instant().plus(DELIVERY))) {
            if (outcome instanceof Delivered.Done || outcome instanceof Delivered.Gone) {
                subscribers.remove(id, outcome.subscriber());
            }
        }
    }
}
