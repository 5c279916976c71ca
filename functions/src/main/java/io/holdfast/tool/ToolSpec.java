package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.OperationConfig;
import io.holdfast.assistant.Risk;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * A tool as it is offered.
 *
 * @param name what the model calls it
 * @param input the JSON Schema of its input
 * @param timeout how long one call may take
 * @param dynamic whether a frontend cannot know it when it is built (one of an MCP server)
 * @param operation present if an outside service does the work and says later what came of it
 */
public record ToolSpec(
        String name,
        String description,
        Risk risk,
        ObjectNode input,
        Duration timeout,
        boolean dynamic,
        @Nullable OperationConfig operation) {

    /** A tool that answers when it is called. */
    public ToolSpec(
            String name,
            String description,
            Risk risk,
            ObjectNode input,
            Duration timeout,
            boolean dynamic) {
        this(name, description, risk, input, timeout, dynamic, null);
    }
}
