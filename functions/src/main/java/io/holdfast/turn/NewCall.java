package io.holdfast.turn;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.OperationConfig;

import org.jspecify.annotations.Nullable;

/**
 * A call that a step has just asked for.
 *
 * @param input as the model gave it; empty if it could not be read
 * @param operation present if an outside service does the work
 */
record NewCall(
        CallId id,
        String toolCallId,
        String tool,
        boolean dynamic,
        ObjectNode input,
        @Nullable OperationConfig operation,
        Gate gate) {

    /** A call of a tool that answers when it is called. */
    NewCall(
            CallId id,
            String toolCallId,
            String tool,
            boolean dynamic,
            ObjectNode input,
            Gate gate) {
        this(id, toolCallId, tool, dynamic, input, null, gate);
    }

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
