package io.holdfast.local.outside;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.util.Optional;

/** A caller's word that work is not wanted any more. */
record CancelOrder(String operationId, String reason) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Reads {@code {"operationId","idempotencyKey","tool","reason"}}, of which the first and the
     * last must be there; empty if they are not.
     */
    static Optional<CancelOrder> read(byte[] body) {
        JsonNode order;
        try {
            order = JSON.readTree(body);
        } catch (IOException e) {
            return Optional.empty();
        }
        String operation = order.path("operationId").asText();
        String reason = order.path("reason").asText();
        return operation.isEmpty() || reason.isEmpty()
                ? Optional.empty()
                : Optional.of(new CancelOrder(operation, reason));
    }
}
