package io.holdfast.turn;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStatus;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Ends turns that ran to their end: the record first, then the stream, so that whoever reads the
 * end finds the answer stored and the session free.
 *
 * <p>Both can be done again: a retry after a crash finds what is done and does the rest.
 */
final class TurnFinisher {
    private static final Logger LOG = LoggerFactory.getLogger(TurnFinisher.class);

    /** Delivering the end; whom it does not reach in this time, the sweeper does. */
    private static final Duration DELIVERY = Duration.ofSeconds(20);

    private final TurnStore turns;
    private final StepStore steps;
    private final TurnSettler settler;
    private final Supplier<String> holders;
    private final InstantSource clock;

    TurnFinisher(
            TurnStore turns,
            StepStore steps,
            TurnSettler settler,
            Supplier<String> holders,
            InstantSource clock) {
        this.turns = turns;
        this.steps = steps;
        this.settler = settler;
        this.holders = holders;
        this.clock = clock;
    }

    /** Stores the answer and closes the stream with {@code finish}. */
    void finish(TurnId id) {
        Turn turn = turns.find(id).orElseThrow(() -> noSuchTurn(id));
        List<StepResult> complete = steps.find(id).complete();
        if (complete.isEmpty()) {
            throw new IllegalStateException("The turn has no complete step: " + id);
        }
        end(turn, TurnStatus.COMPLETED, answer(turn, complete), null);
    }

    /** Stores what was said and closes the stream with an error in words. */
    void fail(TurnId id, String failure) {
        Turn turn = turns.find(id).orElseThrow(() -> noSuchTurn(id));
        if (turn.status() == TurnStatus.COMPLETED) {
            // The answer is stored; only its stream could not be closed. That may work now.
            finish(id);
            return;
        }
        if (settler.isCancelled(id)) {
            // Whoever cancelled it is about to record it, or has died before.
            end(turn, TurnStatus.CANCELLED, settler.seen(turn).orElse(null), null);
            return;
        }
        LOG.warn("The turn failed: {}", failure);
        end(turn, TurnStatus.FAILED, settler.seen(turn).orElse(null), failure);
    }

    private void end(
            Turn turn, TurnStatus status, @Nullable UiMessage answer, @Nullable String failure) {
        // If it had ended before (cancelled, or by an earlier attempt), that is what is settled.
        var _ = turns.end(turn, status, answer, failure, clock.instant());
        if (!settler.settle(turn.id(), List.of(), holders.get(), DELIVERY)) {
            LOG.warn("The turn {} has ended, and a reader does not know yet", turn.id());
        }
    }

    private static UiMessage answer(Turn turn, List<StepResult> steps) {
        List<MessagePart> parts = new ArrayList<>();
        for (StepResult step : steps) {
            parts.add(new MessagePart.StepStart());
            parts.addAll(step.parts());
        }
        ObjectNode metadata = AnswerMetadata.atStart(turn);
        metadata.setAll(AnswerMetadata.atFinish(steps));
        return new UiMessage(turn.answerId(), UiMessage.Role.ASSISTANT, parts, metadata);
    }

    private static IllegalStateException noSuchTurn(TurnId id) {
        return new IllegalStateException("There is no turn " + id);
    }
}
