package io.holdfast.assistant;

import com.fasterxml.jackson.databind.node.ObjectNode;

import java.net.URI;
import java.util.Map;

/** What runs when a tool is called. */
public sealed interface ToolKind {

    /**
     * Java that is found by {@link java.util.ServiceLoader}.
     *
     * @param builtin the name under which it offers itself
     * @param settings its own settings, empty if it has none
     */
    record Builtin(String builtin, ObjectNode settings) implements ToolKind {}

    /** A Lambda function, by name or ARN: gets the input, answers the output. */
    record Lambda(String function) implements ToolKind {}

    /**
     * An HTTP endpoint: gets the input as a POST of JSON, answers the output as JSON or text.
     *
     * @param retries how often a call that found nobody (a connection refused, 429, 502, 503, 504)
     *     is tried again within the timeout, with the same idempotency key
     */
    record Http(
            URI url,
            Map<String, HeaderValue> headers,
            boolean allowPrivateAddresses,
            int maxResponseBytes,
            int retries)
            implements ToolKind {
        public Http {
            headers = Map.copyOf(headers);
        }
    }
}
