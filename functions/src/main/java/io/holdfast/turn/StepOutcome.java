package io.holdfast.turn;

/** How a step ended; the state machine chooses by it. */
public sealed interface StepOutcome {

    /** The model has answered. */
    record Answered() implements StepOutcome {}

    /** It never will; the failure's code says why. */
    record Failed(String failure) implements StepOutcome {}

    /** The turn ended meanwhile, or a newer attempt writes it. */
    record Ended() implements StepOutcome {}
}
