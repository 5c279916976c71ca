package io.holdfast.turn;

import io.holdfast.stream.TurnStatus;

import java.util.List;

/** What a cancel did. */
public sealed interface CancelReceipt {

    /**
     * The turn is cancelled; what was said is kept.
     *
     * @param calls how far its calls of tools were
     */
    record Cancelled(List<CallReceipt> calls) implements CancelReceipt {
        public Cancelled {
            calls = List.copyOf(calls);
        }
    }

    /** The turn had ended before, in this way. */
    record AlreadyEnded(TurnStatus status) implements CancelReceipt {}
}
