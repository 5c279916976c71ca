package io.holdfast.turn;

import io.holdfast.chunk.Chunk;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.services.sfn.SfnClient;
import software.amazon.awssdk.services.sfn.model.ExecutionDoesNotExistException;

import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;

/**
 * Cancels turns: closes the stream, records what was said, tells the readers, stops the execution.
 *
 * <p>The stream's close decides, atomically and once, who ended the turn; the record follows it.
 * The writer learns of it from its next append.
 */
public final class TurnCanceller {
    private static final Logger LOG = LoggerFactory.getLogger(TurnCanceller.class);
    private static final Chunk ABORT = new Chunk.Abort("Stopped by the user.");

    private static final Chunk NOT_STARTED = new Chunk.Failure(FailureWords.of("not_started"));

    private final TurnStore turns;
    private final TurnStream stream;
    private final Delivery delivery;
    private final SfnClient stepFunctions;
    private final String machineArn;
    private final Supplier<String> holders;
    private final InstantSource clock;

    /**
     * Everything that a cancel needs.
     *
     * @param holders names for pumps, each used once
     */
    public TurnCanceller(
            TurnStore turns,
            TurnStream stream,
            Delivery delivery,
            SfnClient stepFunctions,
            String machineArn,
            Supplier<String> holders,
            InstantSource clock) {
        this.turns = turns;
        this.stream = stream;
        this.delivery = delivery;
        this.stepFunctions = stepFunctions;
        this.machineArn = machineArn;
        this.holders = holders;
        this.clock = clock;
    }

    /**
     * Cancels a turn that the caller may cancel.
     *
     * @param within how long delivering the end may take; what is left then, others deliver
     */
    public CancelReceipt cancel(Turn turn, Duration within) {
        return end(turn, TurnStatus.CANCELLED, ABORT, within);
    }

    /** Ends a turn whose execution could not be started, with an error in words. */
    public void abandon(Turn turn, Duration within) {
        var _ = end(turn, TurnStatus.FAILED, NOT_STARTED, within);
    }

    private CancelReceipt end(Turn turn, TurnStatus status, Chunk last, Duration within) {
        if (turn.status().isFinal()) {
            return new CancelReceipt.AlreadyEnded(turn.status());
        }
        String holder = holders.get();
        TurnEnd end = new TurnEnd(stream);
        return switch (end.close(turn.id(), status, last, holder, clock.instant())) {
            case TurnStream.Closed.Won won -> {
                record(turn, status, end);
                var _ =
                        delivery.deliver(
                                turn.id(), won.leased(), holder, clock.instant().plus(within));
                stopExecution(turn.id());
                yield new CancelReceipt.Cancelled();
            }
            case TurnStream.Closed.Already(TurnStatus found) -> {
                // Whoever closed it so may have died before the record.
                if (found == status) {
                    record(turn, status, end);
                    stopExecution(turn.id());
                }
                yield new CancelReceipt.AlreadyEnded(found);
            }
            case TurnStream.Closed.Missing() ->
                    throw new IllegalStateException("Redis forgot the turn twice: " + turn.id());
        };
    }

    private void record(Turn turn, TurnStatus status, TurnEnd end) {
        boolean recorded =
                turns.end(
                        turn,
                        status,
                        end.seen(turn).orElse(null),
                        status == TurnStatus.FAILED ? "not_started" : null,
                        clock.instant());
        if (!recorded && status == TurnStatus.CANCELLED) {
            turns.correctToCancelled(turn.id());
        }
    }

    private void stopExecution(TurnId turn) {
        String execution = machineArn.replace(":stateMachine:", ":execution:") + ":" + turn;
        try {
            stepFunctions.stopExecution(
                    request ->
                            request.executionArn(execution)
                                    .error("Cancelled")
                                    .cause("Stopped by the user."));
        } catch (ExecutionDoesNotExistException e) {
            LOG.info("The cancelled turn had no execution yet");
        }
    }
}
