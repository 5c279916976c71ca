package io.holdfast.api;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/**
 * An answer of the HTTP API.
 *
 * @param body as it goes out; empty if there is none
 */
record HttpResponse(int status, Map<String, String> headers, String body) {
    static final Map<String, String> JSON =
            Map.of("content-type", "application/json", "cache-control", "no-store");
    private static final Map<String, String> PROBLEM =
            Map.of("content-type", "application/problem+json", "cache-control", "no-store");

    /**
     * For browsers, which must not take an answer for anything but data, and which must stay with
     * HTTPS for two years (OWASP, "REST Security Cheat Sheet"; browsers ignore the last over HTTP).
     */
    private static final Map<String, String> SECURITY =
            Map.of(
                    "x-content-type-options",
                    "nosniff",
                    "content-security-policy",
                    "default-src 'none'; frame-ancestors 'none'",
                    "referrer-policy",
                    "no-referrer",
                    "strict-transport-security",
                    "max-age=63072000; includeSubDomains");

    HttpResponse {
        headers = Map.copyOf(headers);
    }

    /** An answer with a JSON body. */
    HttpResponse(int status, Map<String, String> headers, ObjectNode body) {
        this(status, headers, Json.write(body));
    }

    static HttpResponse ok(ObjectNode body) {
        return new HttpResponse(200, JSON, body);
    }

    /** There is nothing to say. */
    static HttpResponse noContent() {
        return new HttpResponse(204, Map.of("cache-control", "no-store"), "");
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

    /**
     * A problem: too much is asked.
     *
     * @param wait how long until more is let through
     */
    static HttpResponse tooManyRequests(Duration wait) {
        // Rounded up: who comes earlier would be refused again.
        long seconds = Math.max(1, wait.plusMillis(999).toSeconds());
        HttpResponse problem =
                problem(
                        Problem.TOO_MANY_REQUESTS,
                        "Too many requests. Please try again in %d s.".formatted(seconds));
        Map<String, String> headers = new HashMap<>(problem.headers());
        headers.put("retry-after", Long.toString(seconds));
        return new HttpResponse(problem.status(), headers, problem.body());
    }

    /**
     * The request is not what the route takes.
     *
     * @param detail what is wrong and what to do, in words
     */
    static HttpResponse invalid(String detail) {
        return problem(Problem.INVALID_REQUEST, detail);
    }

    /** The answer as API Gateway takes it from a function. */
    ObjectNode encode() {
        ObjectNode answer = Json.object().put("statusCode", status);
        ObjectNode fields = answer.putObject("headers");
        SECURITY.forEach(fields::put);
        headers.forEach(fields::put);
        if (status == 401) {
            fields.put("www-authenticate", "Bearer");
        }
        return body.isEmpty() ? answer : answer.put("body", body);
    }
}
