package io.holdfast.turn;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A call that a step has just asked for.
 *
 * @param input as the model gave it; empty if it could not be read
 */
record NewCall(
        CallId id, String toolCallId, String tool, boolean dynamic, ObjectNode input, Gate gate) {

    /** What stands before it. */
    sealed interface Gate {

        /** Nothing: it runs. */
        record Open() implements Gate {}

        /** A human, who must confirm it, and is told why. */
        record Ask(Call.Approval approval, String reason) implements Gate {}

        /** It does not run; the model is told why. */
        record Refused(String message) implements Gate {}
    }
}
