package io.holdfast.local.outside;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * What a caller wants the service to do.
 *
 * @param key the same when the caller asks for the same work again
 * @param label the caller's word for it, to find it by; may be empty
 * @param time how long the work takes
 * @param progress how many times it tells meanwhile how far it is
 */
record WorkOrder(
        String operationId,
        String key,
        String tool,
        String label,
        Duration time,
        Outcome outcome,
        int progress,
        URI completeUrl,
        URI progressUrl) {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_MS = 3_600_000;
    private static final int MAX_PROGRESS = 1_000;

    /** What comes of it. */
    enum Outcome {
        /** It succeeds. */
        COMPLETE,
        /** It fails. */
        FAIL,
        /** Nobody hears of it again. */
        SILENT,
        /** It succeeds, and the service says so twice. */
        TWICE,
        /** It succeeds, and the service says so before it has said that it takes the work. */
        EARLY,
        /** It is not taken. */
        REJECT
    }

    /** An order, or why it is none. */
    sealed interface Reading {
        record Read(WorkOrder order) implements Reading {}

        record Unreadable(String why) implements Reading {}
    }

    /**
     * Reads {@code
     * {"operationId","idempotencyKey","tool","input":{"ms","outcome","progress","label"},"callback":{"completeUrl","progressUrl"}}}.
     * Of the input everything may be left out.
     */
    static Reading read(byte[] body) {
        JsonNode order;
        try {
            order = JSON.readTree(body);
        } catch (IOException e) {
            return new Reading.Unreadable("The body must be JSON.");
        }
        String operation = order.path("operationId").asText();
        String key = order.path("idempotencyKey").asText();
        if (operation.isEmpty() || key.isEmpty()) {
            return new Reading.Unreadable("operationId and idempotencyKey must be texts.");
        }
        Optional<URI> complete = url(order.path("callback").path("completeUrl"));
        Optional<URI> progress = url(order.path("callback").path("progressUrl"));
        if (complete.isEmpty() || progress.isEmpty()) {
            return new Reading.Unreadable("callback.completeUrl and progressUrl must be URLs.");
        }
        JsonNode input = order.path("input");
        int ms = input.path("ms").asInt(1_000);
        int reports = input.path("progress").asInt(0);
        if (ms < 0 || ms > MAX_MS || reports < 0 || reports > MAX_PROGRESS) {
            return new Reading.Unreadable(
                    "ms must be 0 to %d, progress 0 to %d.".formatted(MAX_MS, MAX_PROGRESS));
        }
        return outcome(input.path("outcome").asText("complete"))
                .<Reading>map(
                        outcome ->
                                new Reading.Read(
                                        new WorkOrder(
                                                operation,
                                                key,
                                                order.path("tool").asText(),
                                                input.path("label").asText(),
                                                Duration.ofMillis(ms),
                                                outcome,
                                                reports,
                                                complete.get(),
                                                progress.get())))
                .orElseGet(() -> new Reading.Unreadable("There is no such outcome."));
    }

    private static Optional<Outcome> outcome(String name) {
        for (Outcome outcome : Outcome.values()) {
            if (outcome.name().toLowerCase(Locale.ROOT).equals(name)) {
                return Optional.of(outcome);
            }
        }
        return Optional.empty();
    }

    private static Optional<URI> url(JsonNode text) {
        try {
            URI url = URI.create(text.asText());
            return url.getHost() == null || !url.getScheme().startsWith("http")
                    ? Optional.empty()
                    : Optional.of(url);
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
