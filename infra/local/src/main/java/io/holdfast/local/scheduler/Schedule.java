package io.holdfast.local.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.template.Pseudo;

import java.time.Instant;
import java.util.Optional;

/**
 * A schedule.
 *
 * @param definition the request's fields as they came, without ClientToken
 * @param start when it can be due at first
 * @param end when it can be due no more, if that was said
 * @param created when it was made
 * @param modified when it was last changed
 */
record Schedule(
        String group,
        String name,
        ObjectNode definition,
        Recurrence recurrence,
        Instant start,
        Optional<Instant> end,
        Instant created,
        Instant modified) {

    /** What a file keeps of it. */
    ObjectNode write() {
        ObjectNode json =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("group", group)
                        .put("name", name)
                        .put("start", start.toString())
                        .put("created", created.toString())
                        .put("modified", modified.toString());
        end.ifPresent(last -> json.put("end", last.toString()));
        return json.set("definition", definition);
    }

    /**
     * Reads what {@link #write} has written.
     *
     * @throws RuntimeException of some kind if it is something else
     */
    static Schedule read(JsonNode json) {
        ObjectNode definition = (ObjectNode) json.path("definition");
        return new Schedule(
                json.path("group").asText(),
                json.path("name").asText(),
                definition,
                Recurrence.of(definition),
                time(json, "start").orElseThrow(),
                time(json, "end"),
                time(json, "created").orElseThrow(),
                time(json, "modified").orElseThrow());
    }

    static Optional<Instant> time(JsonNode json, String field) {
        return json.has(field)
                ? Optional.of(Instant.parse(json.path(field).asText()))
                : Optional.empty();
    }

    String arn() {
        return Pseudo.arn("scheduler", "schedule/" + group + "/" + name);
    }

    boolean enabled() {
        return definition.path("State").asText("ENABLED").equals("ENABLED");
    }

    boolean endsWithDeletion() {
        return definition.path("ActionAfterCompletion").asText().equals("DELETE");
    }

    JsonNode target() {
        return definition.path("Target");
    }

    /** The first time after another one, if it is enabled and not at its end. */
    Optional<Instant> next(Instant after) {
        return enabled()
                ? recurrence
                        .next(after, start)
                        .filter(due -> end.isEmpty() || !due.isAfter(end.get()))
                : Optional.empty();
    }
}
