package io.holdfast.local.gateway;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * What a WebSocket route's function answered: a proxy response with a status code and no field that
 * AWS does not know. Anything else is malformed there, and so it is here.
 *
 * @param status the status code
 * @param headers lower-case names
 * @param body the body, if there is one
 */
record ProxyAnswer(int status, Map<String, String> headers, @Nullable String body) {
    private static final Set<String> FIELDS =
            Set.of("statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded");

    /** The answer, or null if it is malformed. */
    static @Nullable ProxyAnswer parse(byte[] payload) {
        JsonNode node = Json.parse(payload);
        if (node == null || !node.isObject() || !node.path("statusCode").canConvertToInt()) {
            return null;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> field : node.properties()) {
            if (!FIELDS.contains(field.getKey())) {
                return null;
            }
        }
        for (Map.Entry<String, JsonNode> header : node.path("headers").properties()) {
            headers.put(HeaderMaps.lower(header.getKey()), header.getValue().asText());
        }
        JsonNode body = node.path("body");
        return new ProxyAnswer(
                node.path("statusCode").intValue(),
                headers,
                body.isTextual() ? body.asText() : null);
    }

    /** An answer of the gateway's own. */
    static ProxyAnswer ofStatus(int status) {
        return new ProxyAnswer(status, Map.of(), null);
    }

    boolean succeeded() {
        return status >= 200 && status < 300;
    }
}
