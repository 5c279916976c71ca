package io.holdfast.turn;

import io.holdfast.assistant.OperationConfig;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** How a step ended; the state machine chooses by it. */
public sealed interface StepOutcome {

    /** The model has answered. */
    record Answered() implements StepOutcome {}

    /** The model has asked for tools; another step follows when these calls are done. */
    record Calling(List<Pending> calls) implements StepOutcome {
        public Calling {
            calls = List.copyOf(calls);
        }
    }

    /**
     * A call that is to be run.
     *
     * @param index its place in the step
     * @param expires seconds that a human has to confirm it; 0 if nobody is asked
     * @param operation present if an outside service does the work
     */
    record Pending(int index, long expires, @Nullable OperationConfig operation) {}

    /** It never will; the failure's code says why. */
    record Failed(String failure) implements StepOutcome {}

    /** The turn ended meanwhile, or a newer attempt writes it. */
    record Ended() implements StepOutcome {}
}
