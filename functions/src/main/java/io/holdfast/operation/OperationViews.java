package io.holdfast.operation;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.operation.Operation.Outcome;
import io.holdfast.platform.Json;

/** Operations as their owner may see them. */
public final class OperationViews {
    private OperationViews() {}

    /**
     * {@code {operationId, turnId, sessionId, toolCallId, toolName, createdAt, status: running |
     * completed | failed | cancelled, progress?: {percent?, message?}, error?: {kind, message}}};
     * the result is the call's.
     *
     * @param awaited whether anybody still wants to know what comes of it
     */
    public static ObjectNode of(Operation operation, boolean awaited) {
        ObjectNode view =
                Json.object()
                        .put("operationId", operation.id().value())
                        .put("turnId", operation.turn().value())
                        .put("sessionId", operation.session().value())
                        .put("toolCallId", operation.toolCallId())
                        .put("toolName", operation.tool())
                        .put("createdAt", operation.createdAt().toString());
        if (operation.progress() != null) {
            view.set("progress", operation.progress());
        }
        return switch (operation.outcome()) {
            case null -> view.put("status", awaited ? "running" : "cancelled");
            case Outcome.Completed() -> view.put("status", "completed");
            case Outcome.Failed(FailureKind kind, String message) -> {
                view.putObject("error").put("kind", kind.wireName()).put("message", message);
                yield view.put("status", kind == FailureKind.CANCELLED ? "cancelled" : "failed");
            }
        };
    }
}
