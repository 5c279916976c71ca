package io.holdfast.turn;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.MessageFold;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.Pause;
import io.holdfast.platform.TurnId;
import io.holdfast.session.SessionEvent;
import io.holdfast.session.SessionEvents;
import io.holdfast.stream.Delivered;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.Fence;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;
import io.holdfast.stream.TurnStream.Closed;
import io.holdfast.stream.TurnStream.Opened;
import io.holdfast.stream.TurnStream.Subscription;
import io.holdfast.stream.TurnStream.Taken;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Closes turns' streams and brings the end to every reader.
 *
 * <p>All of it can be done again, by anyone: whoever dies in between, the next one finds what is
 * left to do. What nobody has done in the end, the sweeper does.
 */
final class TurnSettler {
    private static final Logger LOG = LoggerFactory.getLogger(TurnSettler.class);

    /** How often a stream that vanishes under our hands is made again. */
    private static final int RESTORATIONS = 5;

    private final TurnStore turns;
    private final StepStore steps;
    private final OperationCancels operations;
    private final SessionEvents events;
    private final TurnQueue queue;
    private final SubscriberStore subscribers;
    private final TurnStream stream;
    private final Delivery delivery;
    private final StreamRestorer restorer;
    private final Supplier<String> holders;
    private final InstantSource clock;
    private final Pause pause;
    private final RandomGenerator random;

    TurnSettler(
            TurnStore turns,
            StepStore steps,
            OperationCancels operations,
            SessionEvents events,
            TurnQueue queue,
            SubscriberStore subscribers,
            TurnStream stream,
            Delivery delivery,
            StreamRestorer restorer,
            Supplier<String> holders,
            InstantSource clock,
            Pause pause,
            RandomGenerator random) {
        this.turns = turns;
        this.steps = steps;
        this.operations = operations;
        this.events = events;
        this.queue = queue;
        this.subscribers = subscribers;
        this.stream = stream;
        this.delivery = delivery;
        this.restorer = restorer;
        this.holders = holders;
        this.clock = clock;
        this.pause = pause;
        this.random = random;
    }

    /** Closes a turn's stream with its last chunk; one that Redis forgot is made again for it. */
    Closed close(TurnId turn, TurnStatus status, Chunk last, String holder) {
        List<String> chunks = List.of(ChunkJson.write(last));
        for (int attempt = 0; attempt < RESTORATIONS; attempt++) {
            Closed closed = stream.close(turn, status, chunks, holder, clock.instant());
            if (!(closed instanceof Closed.Missing)) {
                return closed;
            }
            restorer.restoreToEnd(turn);
        }
        throw new StreamForgottenException();
    }

    /** Whether a turn's stream was closed by a cancel. */
    boolean isCancelled(TurnId turn) {
        return stream.open(turn, Fence.NONE, clock.instant())
                        instanceof Opened.Ended(TurnStatus status, long next)
                && status == TurnStatus.CANCELLED;
    }

    /** What readers have seen of an answer so far; empty if that is nothing. */
    Optional<UiMessage> seen(Turn turn) {
        MessageFold fold = new MessageFold(turn.answerId());
        long next = 0;
        List<TurnStream.Entry> entries;
        do {
            entries = stream.read(turn.id(), next);
            entries.forEach(entry -> fold.accept(ChunkJson.read(entry.chunk())));
            next += entries.size();
        } while (!entries.isEmpty());
        UiMessage message = fold.message();
        return message.parts().isEmpty() ? Optional.empty() : Optional.of(message);
    }

    /**
     * Closes the stream of a turn that is recorded as ended, and delivers until every reader has
     * the end.
     *
     * @param leased readers that the holder has already
     * @param within how long the delivery may take
     * @return false if some reader could not be reached in time; the turn is not settled then
     */
    boolean settle(TurnId id, List<Subscription> leased, String holder, Duration within) {
        Instant deadline = clock.instant().plus(within);
        Turn turn = turns.find(id).orElseThrow();
        Steps found = steps.find(id);
        Chunk last = LastChunk.of(turn, found);
        var _ = stream.verify(id, found.reached());
        List<Subscription> readers = leased;
        switch (close(id, turn.status(), last, holder)) {
            case Closed.Won won -> readers = won.leased();
            case Closed.Already(TurnStatus status) -> {
                if (status == TurnStatus.CANCELLED && turn.status() == TurnStatus.COMPLETED) {
                    // It was cancelled between the record and the close: what readers saw counts.
                    turns.correctToCancelled(id);
                    turn = turns.find(id).orElseThrow();
                }
            }
            case Closed.Missing() -> throw new StreamForgottenException();
        }
        if (turn.status() == TurnStatus.CANCELLED) {
            operations.cancelAll(id);
        }
        events.tell(turn.session(), turn.user(), new SessionEvent.TurnEnded(id, turn.status()));
        beginNext(turn);
        return deliver(id, readers, holder, deadline);
    }

    /** Before the delivery, which a slow reader may hold up. */
    private void beginNext(Turn ended) {
        try {
            queue.advance(ended.session());
        } catch (RuntimeException e) {
            // This turn's readers must have their end all the same; the sweeper begins the next.
            LOG.error("What waits for {} could not be begun", ended.id(), e);
        }
    }

    /** At once, so that a stream that Redis forgets meanwhile is not served to them again. */
    private void forgetThoseWhoHaveTheEnd(TurnId turn, List<Delivered> outcomes) {
        for (Delivered outcome : outcomes) {
            if (outcome instanceof Delivered.Done || outcome instanceof Delivered.Gone) {
                subscribers.remove(turn, outcome.subscriber());
            }
        }
    }

    /** Delivers a closed stream until every reader has its end. */
    private boolean deliver(TurnId id, List<Subscription> leased, String holder, Instant deadline) {
        List<Subscription> next = leased;
        String pump = holder;
        for (int restorations = 0; restorations < RESTORATIONS; ) {
            if (!next.isEmpty()) {
                forgetThoseWhoHaveTheEnd(id, delivery.deliver(id, next, pump, deadline));
            }
            // Under a new name, since a reader whose post failed is still held under the old one.
            pump = holders.get();
            switch (stream.take(id, pump, clock.instant())) {
                case Taken.Missing() -> {
                    restorations++;
                    restorer.restoreToEnd(id);
                    next = List.of();
                }
                case Taken.Some(List<Subscription> taken, int held) -> {
                    if (taken.isEmpty() && held == 0) {
                        subscribers.clear(id);
                        turns.settle(id);
                        return true;
                    }
                    if (!clock.instant().isBefore(deadline)) {
                        return false;
                    }
                    next = taken;
                    if (taken.isEmpty()) {
                        // Somebody else delivers, or died and has a lease that must run out.
                        pause.pause(Duration.ofMillis(random.nextInt(50, 200)));
                    }
                }
            }
        }
        throw new StreamForgottenException();
    }
}
