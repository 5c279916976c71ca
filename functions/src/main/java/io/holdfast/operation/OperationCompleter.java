package io.holdfast.operation;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.operation.OperationEnder.Ended;
import io.holdfast.tool.ToolCall;
import io.holdfast.tool.ToolResult;
import io.holdfast.tool.Toolbox;
import io.holdfast.turn.Operations;

import java.time.Instant;
import java.util.Optional;

/** Completes operations: first the step that the tool's results go through, then the end. */
final class OperationCompleter {
    private final OperationEnder ender;
    private final OperationReader reader;
    private final Operations calls;
    private final Toolbox toolbox;

    OperationCompleter(OperationParts parts, Toolbox toolbox) {
        this.ender = parts.ender();
        this.reader = parts.reader();
        this.calls = parts.calls();
        this.toolbox = toolbox;
    }

    /**
     * Ends an operation with its result, unless it has ended; one whose result cannot be finished
     * or stored fails.
     *
     * @param by the delivery that brings the result
     * @param deadline until when the step may take
     */
    Ended complete(Operation operation, JsonNode result, String by, Instant deadline)
            throws InterruptedException {
        Optional<Operations.Wanted> call = calls.find(operation.turn(), operation.call());
        if (operation.outcome() != null || call.isEmpty()) {
            // The result is not stored any more: what came of it is known, or nobody asks.
            return ender.complete(operation, result, by);
        }
        ToolCall toolCall =
                new ToolCall(
                        operation.toolCallId(),
                        call.get().key(),
                        operation.turn(),
                        operation.session(),
                        reader.owner(operation),
                        call.get().input(),
                        deadline);
        return switch (toolbox.finish(toolCall, operation.tool(), result)) {
            case ToolResult.Success(JsonNode finished) -> ender.complete(operation, finished, by);
            case ToolResult.Failure(String message) ->
                    ender.fail(operation, FailureKind.UNKNOWN, message, by);
        };
    }
}
