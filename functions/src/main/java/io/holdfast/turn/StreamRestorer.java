package io.holdfast.turn;

import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.Pause;
import io.holdfast.platform.TurnId;
import io.holdfast.session.MessageStore;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.TurnStream;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.InstantSource;

/**
 * Makes streams again that have expired or that Redis forgot, and gives them their readers back.
 *
 * <p>The stream is made first and its readers are looked up then; a reader is noted in the record
 * first and looks for the stream then. So whichever is later finds the other.
 */
public final class StreamRestorer {
    /**
     * Longer than a pump goes on posting what it read before Redis forgot: a delta of the lost step
     * that came after its {@code reset-step} would break the reader's message.
     */
    private static final Duration OLD_PUMPS_END = Delivery.BATCH_LIMIT.plusMillis(100);

    private final TurnStream stream;
    private final TurnStore turns;
    private final StepStore steps;
    private final SubscriberStore subscribers;
    private final MessageStore messages;
    private final InstantSource clock;
    private final Pause pause;

    /** Everything that a restoration needs. */
    StreamRestorer(
            TurnStream stream,
            TurnStore turns,
            StepStore steps,
            SubscriberStore subscribers,
            MessageStore messages,
            InstantSource clock,
            Pause pause) {
        this.stream = stream;
        this.turns = turns;
        this.steps = steps;
        this.subscribers = subscribers;
        this.messages = messages;
        this.clock = clock;
        this.pause = pause;
    }

    /**
     * Makes a turn's stream again for a reader.
     *
     * @return false if a step is being written: its writer will find the stream gone, and makes it
     *     again with the reader, since it knows best how far it had come; also if there is no such
     *     turn
     */
    public boolean restore(TurnId id) {
        // Read now: a turn that the caller saw running may have ended before Redis forgot it.
        Turn turn = turns.find(id).orElse(null);
        if (turn == null) {
            return false;
        }
        Steps found = steps.find(id);
        if (!turn.status().isFinal() && found.open() != null) {
            return false;
        }
        make(turn, found);
        return true;
    }

    /** Makes a turn's stream again for the attempt that is about to write a step. */
    void restore(Turn turn, Claim claim) {
        make(
                turn,
                new Steps(
                        steps.find(turn.id()).complete(),
                        new Steps.Open(claim.fence().step(), claim.reached(), claim.bound())));
    }

    /** Makes a turn's stream again for whoever ends it, whatever is being written. */
    void restoreToEnd(TurnId id) {
        Turn turn = turns.find(id).orElseThrow();
        Steps found = steps.find(id);
        Steps.Open open = found.open();
        if (open != null && !turn.status().isFinal()) {
            // One more, for the reader that has it all: it takes back what the record has lost.
            open = new Steps.Open(open.step(), open.reached(), open.bound() + 1);
        }
        make(turn, new Steps(found.complete(), open));
    }

    /** Gives a stream the readers that it should have. */
    void adopt(TurnId turn) {
        var _ = stream.adopt(turn, subscribers.all(turn, clock.instant()), clock.instant());
    }

    private void make(Turn turn, Steps found) {
        var _ =
                stream.create(
                        turn.id(), StreamRebuild.of(turn, found, answer(turn)), clock.instant());
        if (found.open() != null && !turn.status().isFinal()) {
            pause.pause(OLD_PUMPS_END);
        }
        adopt(turn.id());
    }

    private @Nullable UiMessage answer(Turn turn) {
        return turn.status().isFinal()
                ? messages.find(turn.session(), turn.answerPosition()).orElse(null)
                : null;
    }
}
