package io.holdfast.local.states;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * What Lambda answered.
 *
 * @param statusCode 200, or 202 for an event
 * @param payload the function's result or its error, JSON; empty for an event
 * @param functionError {@code Handled} or {@code Unhandled} if the function failed, else absent
 * @param headers the answer's headers; their names' case does not matter
 */
public record FunctionResponse(
        int statusCode,
        String payload,
        @Nullable String functionError,
        Map<String, String> headers) {
    /** Copies the headers. */
    public FunctionResponse {
        Map<String, String> copy = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        copy.putAll(headers);
        headers = Collections.unmodifiableMap(copy);
    }
}
