package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;

/** What an outside service is told of the work that it is asked to do. */
final class StartRequest {
    private StartRequest() {}

    /** The request, the same for every kind of service. */
    static Request of(
            String tool, ToolCall call, OperationId operation, OperationStart.Callback callback) {
        ObjectNode json =
                Json.object()
                        .put("operationId", operation.value())
                        .put("idempotencyKey", call.idempotencyKey())
                        .put("tool", tool);
        json.set("input", call.input());
        ObjectNode back =
                json.putObject("callback")
                        .put("completeUrl", callback.complete().toString())
                        .put("progressUrl", callback.progress().toString());
        if (callback.keyId() != null) {
            back.put("keyId", callback.keyId());
        }
        return Request.of(call, json);
    }
}
