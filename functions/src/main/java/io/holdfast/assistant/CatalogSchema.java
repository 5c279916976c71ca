package io.holdfast.assistant;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.dialect.Dialects;

import io.holdfast.platform.Json;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * The published schema of the file, {@code assistants.schema.json}.
 *
 * <p>The schema's titles are the forms of values ("A duration such as 30s"), so that faults can be
 * said in its words.
 */
final class CatalogSchema {
    private static final String RESOURCE = "assistants.schema.json";

    private final JsonNode json;
    private final Schema schema;

    private CatalogSchema(JsonNode json) {
        this.json = json;
        this.schema = SchemaRegistry.withDialect(Dialects.getDraft202012()).getSchema(json);
    }

    /** Loaded when it is first needed: that costs about a tenth of a second of a cold start. */
    private static final class Loaded {
        private static final CatalogSchema SCHEMA = load();
    }

    /** The one schema; safe for several threads. */
    static CatalogSchema get() {
        return Loaded.SCHEMA;
    }

    private static CatalogSchema load() {
        try (InputStream resource = CatalogSchema.class.getResourceAsStream(RESOURCE)) {
            if (resource == null) {
                throw new IllegalStateException(RESOURCE + " is not packaged");
            }
            return new CatalogSchema(Json.MAPPER.readTree(resource));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Names every fault that the schema finds. */
    void validate(JsonNode file, Faults faults) {
        Set<String> badInputs = new HashSet<>();
        for (Error error : schema.validate(file)) {
            String pointer = error.getInstanceLocation().toString();
            if (!error.getSchemaLocation().toString().startsWith(json.path("$id").textValue())) {
                // The schema of schemas tries several forms of one value: one fault says it.
                if (badInputs.add(pointer)) {
                    faults.add(pointer, "is not valid in a JSON Schema (draft 2020-12)");
                }
            } else {
                add(error, pointer, faults);
            }
        }
    }

    private void add(Error error, String pointer, Faults faults) {
        JsonNode node = parent(error);
        String property = error.getProperty() == null ? "" : error.getProperty();
        switch (error.getKeyword()) {
            case "required" -> faults.add(pointer, lacks(property, node));
            case "additionalProperties" ->
                    faults.add(
                            Faults.pointer(pointer, property),
                            "is not a known key; known are "
                                    + String.join(", ", names(node.path("properties"))));
            case "propertyNames" ->
                    faults.add(
                            Faults.pointer(pointer, property),
                            "must be called otherwise: " + form(node.path("propertyNames")));
            case "type" -> faults.add(pointer, "must be " + type(node));
            case "uniqueItems" -> faults.add(pointer, "must not hold the same twice");
            case "minProperties" -> faults.add(pointer, "must not be empty");
            default -> faults.add(pointer, "must be " + form(node));
        }
    }

    private String lacks(String property, JsonNode node) {
        JsonNode wanted = node.path("properties").path(property);
        String form = form(wanted);
        return "lacks " + property + (form.isEmpty() ? "" : ": " + form);
    }

    /** What the schema says of the place whose keyword was not met. */
    private JsonNode parent(Error error) {
        String fragment = error.getSchemaLocation().getFragment().toString();
        return json.at(fragment.substring(0, Math.max(0, fragment.lastIndexOf('/'))));
    }

    private String type(JsonNode node) {
        JsonNode type = node.path("type");
        String first = type.isArray() ? type.path(0).asText() : type.asText();
        return switch (first) {
            case "object" -> "a map of keys and values";
            case "array" -> "a list";
            default -> form(node);
        };
    }

    /** A value's form, to follow "must be"; empty if the schema has no words for it. */
    private String form(JsonNode node) {
        JsonNode at = node;
        while (!at.has("title") && at.path("$ref").asText("").startsWith("#")) {
            at = json.at(at.path("$ref").textValue().substring(1));
        }
        String title = at.path("title").asText("");
        return title.isEmpty()
                ? ""
                : title.substring(0, 1).toLowerCase(Locale.ROOT) + title.substring(1);
    }

    private static List<String> names(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return names;
    }
}
