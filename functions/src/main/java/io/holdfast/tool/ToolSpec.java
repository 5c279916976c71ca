package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Risk;

import java.time.Duration;

/**
 * A tool as it is offered.
 *
 * @param name what the model calls it
 * @param input the JSON Schema of its input
 * @param timeout how long one call may take
 * @param dynamic whether a frontend cannot know it when it is built (one of an MCP server)
 */
public record ToolSpec(
        String name,
        String description,
        Risk risk,
        ObjectNode input,
        Duration timeout,
        boolean dynamic) {}
