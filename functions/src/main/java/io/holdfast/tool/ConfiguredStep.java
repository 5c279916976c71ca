package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** A step as one tool's configuration has it. */
record ConfiguredStep(ResultStep step, ObjectNode settings, Services services) {

    /** What is stored in the result's place, or with which words the call fails. */
    ToolResult apply(ToolCall call, JsonNode result) throws InterruptedException {
        return switch (step.apply(call, result, settings, services)) {
            case ToolResult.Success success -> success;
            case ToolResult.Failure(String message) -> new ToolResult.Failure(Words.safe(message));
        };
    }
}
