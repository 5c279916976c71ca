package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Hashes;
import io.holdfast.platform.Json;

import java.util.TreeMap;

/**
 * Tells whether arguments are those that a human was shown.
 *
 * <p>A client reads them with JavaScript's numbers and writes them back: the order of an object's
 * keys counts no more than the digits that a double does not keep.
 */
final class InputHash {
    private InputHash() {}

    /** The hash of an input as it was shown. */
    static String of(JsonNode input) {
        return Hashes.sha256(Json.write(canonical(input)));
    }

    private static JsonNode canonical(JsonNode json) {
        return switch (json) {
            case ObjectNode object -> {
                TreeMap<String, JsonNode> fields = new TreeMap<>();
                object.properties()
                        .forEach(one -> fields.put(one.getKey(), canonical(one.getValue())));
                ObjectNode sorted = Json.object();
                sorted.setAll(fields);
                yield sorted;
            }
            case ArrayNode array -> {
                ArrayNode all = Json.MAPPER.createArrayNode();
                array.forEach(one -> all.add(canonical(one)));
                yield all;
            }
            case JsonNode number when number.isNumber() -> {
                // -0 is 0; and JavaScript writes null for what is too large for it.
                double value = number.doubleValue() + 0.0;
                yield Double.isFinite(value)
                        ? Json.MAPPER.getNodeFactory().numberNode(value)
                        : Json.MAPPER.nullNode();
            }
            default -> json;
        };
    }
}
