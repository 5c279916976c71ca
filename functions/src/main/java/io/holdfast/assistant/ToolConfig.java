package io.holdfast.assistant;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * A tool as it is configured.
 *
 * @param name what the model calls it: 1 to 64 letters, digits, underscores or hyphens
 * @param description what the model is told of it
 * @param input the JSON Schema of its input, an object's
 * @param timeout how long one call may take, all its attempts included; 14 minutes at most
 * @param kind what runs when it is called
 * @param operation present if an outside service does the work and says later what came of it;
 *     {@code kind} is then how the work is begun
 * @param cancel where that service is told that the work is not wanted any more, if it wants to
 *     know: a URL or a function, as {@code kind} is
 * @param result present if something is done with results before they are stored
 */
public record ToolConfig(
        String name,
        String description,
        Risk risk,
        ObjectNode input,
        Duration timeout,
        ToolKind kind,
        @Nullable OperationConfig operation,
        @Nullable String cancel,
        @Nullable ResultConfig result) {

    /** A tool that answers when it is called, and whose results are stored as they are. */
    public ToolConfig(
            String name,
            String description,
            Risk risk,
            ObjectNode input,
            Duration timeout,
            ToolKind kind) {
        this(name, description, risk, input, timeout, kind, null, null, null);
    }
}
