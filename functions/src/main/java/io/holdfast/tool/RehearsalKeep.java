package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

/** For rehearsals: pretends to keep results, and to be unable to if they say so. */
public final class RehearsalKeep implements ResultStep {

    @Override
    public String name() {
        return "rehearsal_keep";
    }

    @Override
    public ToolResult apply(
            ToolCall call, JsonNode result, ObjectNode settings, Services services) {
        if (result.has("unkeepable")) {
            return new ToolResult.Failure(
                    "It could not be kept: " + result.path("unkeepable").asText());
        }
        ObjectNode kept = Json.object();
        kept.set("kept", result);
        return new ToolResult.Success(kept.put("key", call.idempotencyKey()));
    }
}
