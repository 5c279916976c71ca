package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * What an endpoint or a function is told.
 *
 * @param idempotencyKey the same whenever it is told this again
 * @param call the call that it is told for, whose ids go with it; null if it is no call's doing
 * @param deadline until when it is told
 */
record Request(JsonNode json, String idempotencyKey, @Nullable ToolCall call, Instant deadline) {

    /** What is told for a call. */
    static Request of(ToolCall call, JsonNode json) {
        return new Request(json, call.idempotencyKey(), call, call.deadline());
    }
}
