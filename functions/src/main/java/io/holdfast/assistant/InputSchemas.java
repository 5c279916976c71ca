package io.holdfast.assistant;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** What the schemas of tools' inputs must be, beside valid JSON Schemas. */
final class InputSchemas {
    /** The only dialect in which inputs are checked. */
    private static final String DIALECT = "https://json-schema.org/draft/2020-12/schema";

    /** Keywords that hold values, not schemas. */
    private static final Set<String> VALUES = Set.of("const", "enum", "default", "examples");

    private InputSchemas() {}

    /** Names every fault of a schema. */
    static void check(String pointer, JsonNode schema, Faults faults) {
        if (!schema.path("type").asText("").equals("object")) {
            faults.add(pointer, "must have type: object, as models give nothing else");
        }
        if (!schema.path("$schema").asText(DIALECT).equals(DIALECT)) {
            faults.add(pointer + "/$schema", "must be " + DIALECT + ": correct it or leave it out");
        }
        if (schema.has("$id")) {
            faults.add(pointer + "/$id", "is not supported: leave it out");
        }
        checkBelow(pointer, schema, schema, faults);
    }

    private static void checkBelow(String pointer, JsonNode root, JsonNode node, Faults faults) {
        JsonNode reference = node.path("$ref");
        if (reference.isTextual() && !leadsSomewhere(reference.textValue(), root)) {
            faults.add(
                    pointer + "/$ref",
                    "must lead to a place within this input, for example #/$defs/name");
        }
        JsonNode pattern = node.path("pattern");
        if (pattern.isTextual() && !isPattern(pattern.textValue())) {
            faults.add(pointer + "/pattern", "must be a regular expression");
        }
        if (node.isObject()) {
            node.properties().stream()
                    .filter(entry -> !VALUES.contains(entry.getKey()))
                    .forEach(
                            entry ->
                                    checkBelow(
                                            Faults.pointer(pointer, entry.getKey()),
                                            root,
                                            entry.getValue(),
                                            faults));
        } else {
            for (int i = 0; i < node.size(); i++) {
                checkBelow(pointer + "/" + i, root, node.path(i), faults);
            }
        }
    }

    /** Nothing is fetched from elsewhere while a message waits. */
    private static boolean leadsSomewhere(String reference, JsonNode root) {
        return reference.equals("#")
                || (reference.startsWith("#/") && !root.at(reference.substring(1)).isMissingNode());
    }

    private static boolean isPattern(String text) {
        try {
            Pattern.compile(text);
            return true;
        } catch (PatternSyntaxException e) {
            return false;
        }
    }
}
