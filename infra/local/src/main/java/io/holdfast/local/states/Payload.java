package io.holdfast.local.states;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.local.states.language.Json;

import java.nio.charset.StandardCharsets;

/** A state's input or output with its text, which is written once and shared by the events. */
record Payload(JsonNode json, String text) {
    /**
     * Bytes of UTF-8, at most.
     *
     * @see <a
     *     href="https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html">Quotas</a>
     */
    static final int MAX_BYTES = 262_144;

    static Payload of(JsonNode json) {
        return new Payload(json, Json.write(json));
    }

    /** Reads a request's payload, and keeps its text as it was sent. */
    static Payload read(String text) throws JsonProcessingException {
        return new Payload(Json.read(text), text);
    }

    static boolean isTooLarge(String text) {
        // Most texts are too short to be encoded for this.
        return text.length() > MAX_BYTES / 3
                && text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES;
    }

    boolean isTooLarge() {
        return isTooLarge(text);
    }
}
