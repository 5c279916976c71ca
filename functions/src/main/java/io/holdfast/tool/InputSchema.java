package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

/** Writes the JSON Schemas of built-in tools: an object of a few fields and nothing else. */
final class InputSchema {
    private final ObjectNode schema =
            Json.object().put("type", "object").put("additionalProperties", false);

    /** A field whose schema goes on where this returns. */
    InputSchema field(String name, String type, String description) {
        field(name).put("type", type).put("description", description);
        return this;
    }

    /** A whole number between bounds, both included. */
    InputSchema integer(String name, long minimum, long maximum, String description) {
        field(name)
                .put("type", "integer")
                .put("minimum", minimum)
                .put("maximum", maximum)
                .put("description", description);
        return this;
    }

    /** Any value. */
    InputSchema any(String name, String description) {
        field(name).put("description", description);
        return this;
    }

    /** These fields must be there. */
    ObjectNode requires(String... names) {
        var required = schema.putArray("required");
        for (String name : names) {
            required.add(name);
        }
        return schema;
    }

    private ObjectNode field(String name) {
        return schema.withObjectProperty("properties").putObject(name);
    }
}
