package io.holdfast.turn;

import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream.Closed;
import io.holdfast.stream.TurnStream.Subscription;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Cancels turns: closes the stream, records what was said, tells the readers, stops the execution.
 *
 * <p>The stream's close decides, atomically and once, who ended the turn; the record follows it.
 * The writer learns of it from its next append.
 */
public final class TurnCanceller {
    private static final Logger LOG = LoggerFactory.getLogger(TurnCanceller.class);
    private final TurnStore turns;
    private final CallStore calls;
    private final TurnQueue queue;
    private final TurnSettler settler;
    private final TurnMachine machine;
    private final Supplier<String> holders;
    private final InstantSource clock;

    /**
     * Everything that a cancel needs.
     *
     * @param holders names for pumps, each used once
     */
    TurnCanceller(
            TurnStore turns,
            CallStore calls,
            TurnQueue queue,
            TurnSettler settler,
            TurnMachine machine,
            Supplier<String> holders,
            InstantSource clock) {
        this.turns = turns;
        this.calls = calls;
        this.queue = queue;
        this.settler = settler;
        this.machine = machine;
        this.holders = holders;
        this.clock = clock;
    }

    /**
     * Cancels a turn that the caller may cancel.
     *
     * @param within how long delivering the end may take; what is left then, others deliver
     */
    public CancelReceipt cancel(Turn turn, Duration within) {
        if (turn.status().isFinal()) {
            return new CancelReceipt.AlreadyEnded(turn.status());
        }
        if (turn.isQueued()) {
            if (queue.remove(turn)) {
                settle(turn, List.of(), holders.get(), within);
                return new CancelReceipt.Cancelled(List.of());
            }
            Optional<Turn> now = turns.find(turn.id());
            if (now.isPresent() && now.get().isQueued()) {
                throw new IllegalStateException("The turn " + turn.id() + " has lost its session");
            }
            return now.map(begun -> cancel(begun, within))
                    .orElseGet(() -> new CancelReceipt.AlreadyEnded(TurnStatus.CANCELLED));
        }
        String holder = holders.get();
        switch (settler.close(turn.id(), TurnStatus.CANCELLED, LastChunk.abort(), holder)) {
            case Closed.Won won -> {
                List<CallReceipt> receipts = receipts(turn);
                record(turn);
                try {
                    settle(turn, won.leased(), holder, within);
                } finally {
                    machine.stop(turn.id());
                }
                return new CancelReceipt.Cancelled(receipts);
            }
            case Closed.Already(TurnStatus found) -> {
                if (found == TurnStatus.CANCELLED) {
                    // Whoever closed it so may have died before the record.
                    record(turn);
                    settle(turn, List.of(), holder, within);
                    machine.stop(turn.id());
                }
                return new CancelReceipt.AlreadyEnded(found);
            }
            case Closed.Missing() -> throw new StreamForgottenException();
        }
    }

    /** How far its calls of tools were: whatever comes of them now, nobody hears of it. */
    private List<CallReceipt> receipts(Turn turn) {
        return calls.all(turn.id()).stream()
                .map(
                        call ->
                                new CallReceipt(
                                        call.toolCallId(),
                                        call.tool(),
                                        call.ended() != null
                                                ? CallReceipt.State.DONE
                                                : call.attempts() > 0
                                                        ? CallReceipt.State.RUNNING
                                                        : CallReceipt.State.NOT_STARTED))
                .toList();
    }

    /** Ends a turn whose execution could not be started, with an error in words. */
    public void abandon(Turn turn, Duration within) {
        var _ =
                turns.end(
                        turn,
                        TurnStatus.FAILED,
                        settler.seen(turn).orElse(null),
                        FailureWords.NOT_STARTED,
                        clock.instant());
        settle(turn, List.of(), holders.get(), within);
    }

    private void record(Turn turn) {
        boolean recorded =
                turns.end(
                        turn,
                        TurnStatus.CANCELLED,
                        settler.seen(turn).orElse(null),
                        null,
                        clock.instant());
        if (!recorded) {
            turns.correctToCancelled(turn.id());
        }
    }

    private void settle(Turn turn, List<Subscription> leased, String holder, Duration within) {
        if (!settler.settle(turn.id(), leased, holder, within)) {
            LOG.warn("The turn {} has ended, and a reader does not know yet", turn.id());
        }
    }
}
