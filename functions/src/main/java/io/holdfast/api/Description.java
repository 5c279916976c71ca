package io.holdfast.api;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;

/** What the HTTP API says of itself: its OpenAPI document, the contract that tests hold it to. */
final class Description {
    private static final String RESOURCE = "openapi.json";

    /** For everybody, and the same until the next release. */
    private static final Map<String, String> HEADERS =
            Map.of("content-type", "application/json", "cache-control", "public, max-age=300");

    private Description() {}

    /** {@code GET /openapi.json}. */
    static HttpResponse answer() {
        return new HttpResponse(200, HEADERS, document());
    }

    static ObjectNode document() {
        try (InputStream resource = Description.class.getResourceAsStream(RESOURCE)) {
            if (resource == null) {
                throw new IllegalStateException(RESOURCE + " is not in the jar");
            }
            return Json.MAPPER.readValue(resource, ObjectNode.class);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
