package io.holdfast.assistant;

import com.fasterxml.jackson.databind.node.ObjectNode;

import java.time.Duration;

/**
 * A tool as it is configured.
 *
 * @param name what the model calls it: 1 to 64 letters, digits, underscores or hyphens
 * @param description what the model is told of it
 * @param input the JSON Schema of its input, an object's
 * @param timeout how long one call may take, all its attempts included; 14 minutes at most
 * @param kind what runs when it is called
 */
public record ToolConfig(
        String name,
        String description,
        Risk risk,
        ObjectNode input,
        Duration timeout,
        ToolKind kind) {}
