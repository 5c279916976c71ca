package io.holdfast.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;

/**
 * A request of the HTTP API (API Gateway Developer Guide, "Create AWS Lambda proxy integrations for
 * HTTP APIs", payload format 2.0).
 */
record HttpRequest(JsonNode event) {

    /** The route that matched, {@code GET /sessions/{sessionId}}. */
    String route() {
        return event.path("routeKey").asText();
    }

    String path() {
        return event.path("rawPath").asText();
    }

    String pathParameter(String name) {
        return event.path("pathParameters").path(name).asText();
    }

    /** A parameter of the query; the last of several. */
    Optional<String> queryParameter(String name) {
        return Optional.ofNullable(event.path("queryStringParameters").path(name).textValue());
    }

    /** The body, if it is a JSON object. */
    Optional<ObjectNode> jsonBody() {
        String body = event.path("body").asText("");
        return Json.readObject(
                event.path("isBase64Encoded").asBoolean()
                        ? new String(Base64.getDecoder().decode(body), StandardCharsets.UTF_8)
                        : body);
    }

    /** The token of {@code Authorization: Bearer}; empty if there is none. */
    Optional<String> bearerToken() {
        String header = event.path("headers").path("authorization").asText("");
        return header.regionMatches(true, 0, "Bearer ", 0, 7)
                ? Optional.of(header.substring(7).strip()).filter(token -> !token.isEmpty())
                : Optional.empty();
    }
}
