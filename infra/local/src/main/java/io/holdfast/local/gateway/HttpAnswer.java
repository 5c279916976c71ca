package io.holdfast.local.gateway;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An HTTP route's function's answer in payload format 2.0.
 *
 * @param headers lower-case names
 */
@SuppressWarnings("ArrayRecordComponent")
record HttpAnswer(int status, Map<String, String> headers, List<String> cookies, byte[] body) {

    /**
     * Reads the function's result. Without a {@code statusCode} the whole result is the body of a
     * 200.
     *
     * @return null if the result is malformed, which AWS answers with a 500
     */
    static @Nullable HttpAnswer parse(byte[] payload) {
        JsonNode node = Json.parse(payload);
        if (node == null) {
            return null;
        }
        if (!node.has("statusCode")) {
            byte[] body = node.isTextual() ? utf8(node.asText()) : payload;
            return new HttpAnswer(200, Map.of("content-type", "application/json"), List.of(), body);
        }
        JsonNode status = node.path("statusCode");
        if (!status.canConvertToInt() || status.intValue() < 200 || status.intValue() > 599) {
            return null;
        }
        byte[] body = body(node);
        if (body == null) {
            return null;
        }
        Map<String, String> headers = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> header : node.path("headers").properties()) {
            headers.put(HeaderMaps.lower(header.getKey()), header.getValue().asText());
        }
        if (status.intValue() == 204 || status.intValue() == 304) {
            // RFC 9110: these answers have no content, whatever the function says.
            body = new byte[0];
        }
        if (body.length > 0) {
            headers.putIfAbsent("content-type", "text/plain;charset=UTF-8");
        }
        List<String> cookies = new ArrayList<>();
        node.path("cookies").forEach(cookie -> cookies.add(cookie.asText()));
        return new HttpAnswer(status.intValue(), headers, cookies, body);
    }

    private static byte @Nullable [] body(JsonNode node) {
        JsonNode body = node.path("body");
        if (body.isMissingNode() || body.isNull()) {
            return new byte[0];
        }
        if (!body.isTextual()) {
            return null;
        }
        if (!node.path("isBase64Encoded").asBoolean()) {
            return utf8(body.asText());
        }
        try {
            return Base64.getDecoder().decode(body.asText());
        } catch (IllegalArgumentException e) {
            return null;
        }
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
