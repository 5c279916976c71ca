package io.holdfast.turn;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;

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

    /** Delivering the last chunks; a reader that is slower gets them from the next pump. */
    private static final Duration DELIVERY = Duration.ofSeconds(20);

    private final TurnStore turns;
    private final TurnStream stream;
    private final Delivery delivery;
    private final Supplier<String> holders;
    private final InstantSource clock;

    TurnFinisher(
            TurnStore turns,
            TurnStream stream,
            Delivery delivery,
            Supplier<String> holders,
            InstantSource clock) {
        this.turns = turns;
        this.stream = stream;
        this.delivery = delivery;
        this.holders = holders;
        this.clock = clock;
    }

    /** Stores the answer and closes the stream with {@code finish}. */
    void finish(TurnId id) {
        Turn turn = turns.find(id).orElseThrow(() -> noSuchTurn(id));
        List<StepResult> steps = turns.steps(id);
        if (steps.isEmpty()) {
            throw new IllegalStateException("The turn has no complete step: " + id);
        }
        ObjectNode atFinish = AnswerMetadata.atFinish(steps);
        UiMessage answer = answer(turn, steps, atFinish);
        Chunk last = new Chunk.Finish(steps.getLast().finishReason(), atFinish);
        end(turn, TurnStatus.COMPLETED, answer, null, last);
    }

    /** Stores what was said and closes the stream with an error in words. */
    void fail(TurnId id, String failure) {
        Turn turn = turns.find(id).orElseThrow(() -> noSuchTurn(id));
        if (turn.status() == TurnStatus.COMPLETED) {
            // The answer is stored; only its stream could not be closed. That may work now.
            finish(id);
            return;
        }
        LOG.warn("The turn failed: {}", failure);
        end(
                turn,
                TurnStatus.FAILED,
                new TurnEnd(stream).seen(turn).orElse(null),
                failure,
                new Chunk.Failure(FailureWords.of(failure)));
    }

    private void end(
            Turn turn,
            TurnStatus status,
            @Nullable UiMessage answer,
            @Nullable String failure,
            Chunk last) {
        boolean recorded = turns.end(turn, status, answer, failure, clock.instant());
        if (!recorded && turns.find(turn.id()).orElseThrow().status() != status) {
            // A cancel was first: its close is the stream's end.
            return;
        }
        String holder = holders.get();
        switch (new TurnEnd(stream).close(turn.id(), status, last, holder, clock.instant())) {
            case TurnStream.Closed.Won won -> {
                var _ =
                        delivery.deliver(
                                turn.id(), won.leased(), holder, clock.instant().plus(DELIVERY));
            }
            case TurnStream.Closed.Already(TurnStatus found) -> {
                if (found == TurnStatus.CANCELLED) {
                    turns.correctToCancelled(turn.id());
                }
            }
            case TurnStream.Closed.Missing() ->
                    throw new IllegalStateException("Redis forgot the turn twice: " + turn.id());
        }
    }

    private static UiMessage answer(Turn turn, List<StepResult> steps, ObjectNode atFinish) {
        List<MessagePart> parts = new ArrayList<>();
        for (StepResult step : steps) {
            parts.add(new MessagePart.StepStart());
            parts.addAll(step.parts());
        }
        ObjectNode metadata = AnswerMetadata.atStart(turn);
        metadata.setAll(atFinish);
        return new UiMessage(turn.answerId(), UiMessage.Role.ASSISTANT, parts, metadata);
    }

    private static IllegalStateException noSuchTurn(TurnId id) {
        return new IllegalStateException("There is no turn " + id);
    }
}
