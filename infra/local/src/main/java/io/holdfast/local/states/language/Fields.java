package io.holdfast.local.states.language;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Reads one object of a definition field by field and notes every fault. A field that is asked for
 * is known; those that are left are refused.
 */
final class Fields {
    private static final Set<String> JSONPATH =
            Set.of(
                    "InputPath",
                    "OutputPath",
                    "ResultPath",
                    "Parameters",
                    "ResultSelector",
                    "Result",
                    "ItemsPath",
                    "Iterator",
                    "SecondsPath",
                    "TimestampPath",
                    "TimeoutSecondsPath",
                    "HeartbeatSecondsPath",
                    "MaxConcurrencyPath",
                    "ToleratedFailureCountPath",
                    "ToleratedFailurePercentagePath",
                    "ErrorPath",
                    "CausePath",
                    "Variable");

    final String place;
    private final JsonNode node;
    private final List<Problem> problems;
    private final Set<String> known = new HashSet<>(Set.of("Comment"));

    Fields(JsonNode node, String place, List<Problem> problems) {
        this.node = node;
        this.place = place;
        this.problems = problems;
        if (!node.isObject()) {
            problem("", "Expected an object");
        } else if (node.has("Comment") && !node.get("Comment").isTextual()) {
            problem("Comment", "Expected a string");
        }
    }

    /** The place of a field in this object, or of the object itself for the empty name. */
    String at(String field) {
        String path = place.isEmpty() || field.isEmpty() ? place + field : place + "/" + field;
        return path.startsWith("/") ? path : "/" + path;
    }

    void problem(String field, String message) {
        problems.add(new Problem(Problem.SCHEMA, message, at(field)));
    }

    Fields object(JsonNode value, String field) {
        return new Fields(value, at(field), problems);
    }

    List<Problem> problems() {
        return problems;
    }

    boolean has(String field) {
        return node.has(field);
    }

    @Nullable JsonNode take(String field) {
        known.add(field);
        return node.get(field);
    }

    JsonNode required(String field) {
        JsonNode value = take(field);
        if (value == null) {
            problem("", "These fields are required: [" + field + "]");
            return Json.object().nullNode();
        }
        return value;
    }

    @Nullable String text(String field) {
        JsonNode value = take(field);
        if (value == null) {
            return null;
        }
        if (!value.isTextual()) {
            problem(field, "Expected a string");
            return null;
        }
        return value.textValue();
    }

    String requiredText(String field) {
        if (required(field).isNull() && !has(field)) {
            return "";
        }
        String value = text(field);
        return value == null ? "" : value;
    }

    int integer(String field, int absent, int min, int max) {
        JsonNode value = take(field);
        if (value == null) {
            return absent;
        }
        if (!value.isIntegralNumber()
                || !value.canConvertToInt()
                || value.intValue() < min
                || value.intValue() > max) {
            problem(field, "Expected an integer from " + min + " to " + max);
            return absent;
        }
        return value.intValue();
    }

    /** A list that is not there is empty. */
    List<JsonNode> list(String field) {
        JsonNode value = take(field);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            problem(field, "Expected an array");
            return List.of();
        }
        List<JsonNode> items = new ArrayList<>();
        value.forEach(items::add);
        return items;
    }

    void refuseOthers() {
        node.fieldNames()
                .forEachRemaining(
                        name -> {
                            if (known.contains(name)) {
                                return;
                            }
                            problem(
                                    name,
                                    JSONPATH.contains(name)
                                            ? "The JSONPath field '"
                                                    + name
                                                    + "' is not supported with JSONata"
                                            : "Field '" + name + "' is not supported");
                        });
    }
}
