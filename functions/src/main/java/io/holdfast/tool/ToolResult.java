package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;

/** What a call of a tool came to. */
public sealed interface ToolResult {

    /** What it brought. */
    record Success(JsonNode output) implements ToolResult {}

    /**
     * It failed.
     *
     * @param message in words for the model and the user, without secrets
     */
    record Failure(String message) implements ToolResult {}
}
