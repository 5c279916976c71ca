package io.holdfast.api;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import org.jspecify.annotations.Nullable;

import java.util.Map;

/**
 * An answer of the HTTP API.
 *
 * @param body absent if there is nothing to say
 */
record HttpResponse(int status, Map<String, String> headers, @Nullable ObjectNode body) {
    static final Map<String, String> JSON =
            Map.of("content-type", "application/json", "cache-control", "no-store");
    private static final Map<String, String> PROBLEM =
            Map.of("content-type", "application/problem+json", "cache-control", "no-store");

    HttpResponse {
        headers = Map.copyOf(headers);
    }

    static HttpResponse ok(ObjectNode body) {
        return new HttpResponse(200, JSON, body);
    }

    /** It is done, and there is nothing to say. */
    static HttpResponse noContent() {
        return new HttpResponse(204, Map.of("cache-control", "no-store"), null);
    }

    /**
     * A problem (RFC 9457).
     *
     * @param detail what is wrong this time and what to do, in words; quotes no secrets
     */
    static HttpResponse problem(Problem problem, String detail) {
        return new HttpResponse(
                problem.status(),
                PROBLEM,
                Json.object()
                        .put("type", problem.type().toString())
                        .put("title", problem.title())
                        .put("status", problem.status())
                        .put("detail", detail));
    }

    /** The answer as API Gateway takes it from a function. */
    ObjectNode encode() {
        ObjectNode answer = Json.object().put("statusCode", status);
        ObjectNode fields = answer.putObject("headers");
        headers.forEach(fields::put);
        if (status == 401) {
            fields.put("www-authenticate", "Bearer");
        }
        return body == null ? answer : answer.put("body", Json.write(body));
    }
}
