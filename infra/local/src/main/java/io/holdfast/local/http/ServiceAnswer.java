package io.holdfast.local.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;

/** A service's answer to one request. */
// The array is handed on, never changed.
@SuppressWarnings("ArrayRecordComponent")
public record ServiceAnswer(int status, Map<String, String> headers, byte[] body) {
    private static final String JSON = "application/json";

    /** Copies the headers. */
    public ServiceAnswer {
        headers = Map.copyOf(headers);
    }

    /** A JSON document. */
    public static ServiceAnswer json(int status, String json) {
        return new ServiceAnswer(
                status, Map.of("Content-Type", JSON), json.getBytes(StandardCharsets.UTF_8));
    }

    /** An error as the REST-JSON protocol has it: its name is in a header. */
    public static ServiceAnswer error(int status, String type, String json) {
        return new ServiceAnswer(
                status,
                Map.of("Content-Type", JSON, "x-amzn-ErrorType", type),
                json.getBytes(StandardCharsets.UTF_8));
    }
}
