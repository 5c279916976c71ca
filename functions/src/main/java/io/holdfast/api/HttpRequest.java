package io.holdfast.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
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

    /** How many items a page of a list is to hold; empty if that is not from 1 to the most. */
    Optional<Integer> limit(int absent, int most) {
        try {
            return queryParameter("limit")
                    .map(Integer::parseInt)
                    .or(() -> Optional.of(absent))
                    .filter(limit -> limit >= 1 && limit <= most);
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    /**
     * The body, if it is a JSON object of Unicode text: half of a surrogate pair, which JSON can
     * escape, can neither be stored nor sent.
     */
    Optional<ObjectNode> jsonBody() {
        return Json.readObject(body())
                .filter(json -> StandardCharsets.UTF_8.newEncoder().canEncode(Json.write(json)));
    }

    /** A text of a body; null if it is something else there, the default if it is not there. */
    static @Nullable String text(ObjectNode body, String field, @Nullable String absent) {
        JsonNode value = body.path(field);
        return value.isMissingNode() ? absent : value.textValue();
    }

    /** How long the body is, in UTF-8. */
    int bodyBytes() {
        return body().getBytes(StandardCharsets.UTF_8).length;
    }

    /** The body as text; empty if there is none. */
    String body() {
        String body = event.path("body").asText("");
        return event.path("isBase64Encoded").asBoolean()
                ? new String(Base64.getDecoder().decode(body), StandardCharsets.UTF_8)
                : body;
    }

    /** The headers, by their names in lower case: so the gateway passes them. */
    Map<String, String> headers() {
        Map<String, String> headers = new HashMap<>();
        event.path("headers")
                .properties()
                .forEach(
                        header ->
                                headers.put(
                                        header.getKey().toLowerCase(Locale.ROOT),
                                        header.getValue().asText()));
        return headers;
    }

    /** The same, with the token of {@code ?token=} where the headers have none. */
    HttpRequest withTokenOfQuery() {
        Optional<String> token = queryParameter("token").filter(text -> !text.isBlank());
        if (token.isEmpty() || event.path("headers").has("authorization")) {
            return this;
        }
        ObjectNode copy = event.deepCopy();
        copy.withObject("headers").put("authorization", "Bearer " + token.get());
        return new HttpRequest(copy);
    }

    /** From which address the request comes, as the gateway saw it. */
    String sourceAddress() {
        return event.path("requestContext").path("http").path("sourceIp").asText();
    }

    /** The token of {@code Authorization: Bearer}; empty if there is none. */
    Optional<String> bearerToken() {
        String header = event.path("headers").path("authorization").asText("");
        return header.regionMatches(true, 0, "Bearer ", 0, 7)
                ? Optional.of(header.substring(7).strip()).filter(token -> !token.isEmpty())
                : Optional.empty();
    }
}
