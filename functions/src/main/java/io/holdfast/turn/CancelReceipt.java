package io.holdfast.turn;

import io.holdfast.stream.TurnStatus;

/** What a cancel did. */
public sealed interface CancelReceipt {

    /** The turn is cancelled; what was said is kept. */
    record Cancelled() implements CancelReceipt {}

    /** The turn had ended before, in this way. */
    record AlreadyEnded(TurnStatus status) implements CancelReceipt {}
}
