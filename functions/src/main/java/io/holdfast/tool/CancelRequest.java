package io.holdfast.tool;

import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;

import java.time.Instant;

/** What an outside service is told of work that is not wanted any more. */
final class CancelRequest {
    private CancelRequest() {}

    /** The request, the same for every kind of service; its key is not that of the start. */
    static Request of(
            String tool,
            OperationId operation,
            String idempotencyKey,
            String reason,
            Instant deadline) {
        return new Request(
                Json.object()
                        .put("operationId", operation.value())
                        .put("idempotencyKey", idempotencyKey)
                        .put("tool", tool)
                        .put("reason", reason),
                idempotencyKey + "-cancel",
                null,
                deadline);
    }
}
