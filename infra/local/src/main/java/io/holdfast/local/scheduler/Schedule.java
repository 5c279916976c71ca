package io.holdfast.local.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
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
