package io.holdfast.local.gateway;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The answer of a {@link LocalHandler}. */
// The array is handed on, never changed.
@SuppressWarnings("ArrayRecordComponent")
public record LocalResponse(int status, Map<String, String> headers, byte[] body) {

    /** Copies the headers. */
    public LocalResponse {
        headers = Map.copyOf(headers);
    }

    /** A JSON document. */
    public static LocalResponse json(int status, String json) {
        return new LocalResponse(
                status,
                Map.of("content-type", "application/json"),
                json.getBytes(StandardCharsets.UTF_8));
    }

    /** Plain text. */
    public static LocalResponse text(int status, String text) {
        return new LocalResponse(
                status,
                Map.of("content-type", "text/plain;charset=utf-8"),
                text.getBytes(StandardCharsets.UTF_8));
    }
}
