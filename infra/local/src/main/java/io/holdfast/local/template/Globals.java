package io.holdfast.local.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.Set;

/**
 * Merges SAM's Globals into the resources, as the SAM specification says ("Globals section of the
 * AWS SAM template"): maps are merged, lists are joined, the resource's own values win.
 */
final class Globals {
    private static final Set<String> SECTIONS =
            Set.of(
                    "Api",
                    "CapacityProvider",
                    "Function",
                    "HttpApi",
                    "LayerVersion",
                    "SimpleTable",
                    "StateMachine");

    private Globals() {}

    /** Changes the document's resources. */
    static void merge(Document document) {
        for (var section : document.root().path("Globals").properties()) {
            if (!SECTIONS.contains(section.getKey())) {
                throw document.fault("Globals." + section.getKey(), "is not a section of Globals");
            }
            for (var resource : document.root().path("Resources").properties()) {
                if (resource.getValue() instanceof ObjectNode object
                        && object.path("Type")
                                .asText()
                                .equals("AWS::Serverless::" + section.getKey())) {
                    object.set("Properties", merge(section.getValue(), object.path("Properties")));
                }
            }
        }
    }

    private static JsonNode merge(JsonNode global, JsonNode own) {
        if (own.isMissingNode()) {
            return global.deepCopy();
        }
        boolean calls =
                !Expressions.function(global).isEmpty() || !Expressions.function(own).isEmpty();
        if (!calls && global.isObject() && own.isObject()) {
            ObjectNode merged = global.deepCopy();
            own.properties()
                    .forEach(
                            e ->
                                    merged.set(
                                            e.getKey(),
                                            merge(global.path(e.getKey()), e.getValue())));
            return merged;
        }
        if (global instanceof ArrayNode first && own instanceof ArrayNode second) {
            return first.deepCopy().addAll(second);
        }
        return own;
    }
}
