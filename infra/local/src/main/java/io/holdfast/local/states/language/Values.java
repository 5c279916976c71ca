package io.holdfast.local.states.language;

import com.dashjoin.jsonata.Jsonata;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Translates between JSON and the JSONata library's values. The library knows two nothings: Java's
 * null is undefined, {@link Jsonata#NULL_VALUE} is JSON's null. JSONata's numbers are doubles;
 * those without a fraction come back as integers, so that 1 stays 1.
 */
final class Values {
    // An output holds 256 KiB at most; an array of ten million numbers must not be built for it.
    private static final int MAX_NODES = 1_000_000;

    private int nodes;

    private Values() {}

    static Object toJsonata(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> {
                List<Object> list = new ArrayList<>(node.size());
                node.forEach(item -> list.add(toJsonata(item)));
                yield list;
            }
            case OBJECT, POJO -> {
                Map<String, Object> map = new LinkedHashMap<>();
                node.properties().forEach(e -> map.put(e.getKey(), toJsonata(e.getValue())));
                yield map;
            }
            case BOOLEAN -> node.booleanValue();
            case NULL, MISSING -> Jsonata.NULL_VALUE;
            case NUMBER -> plain(node.numberValue());
            case STRING, BINARY -> node.textValue();
        };
    }

    /** The number in the one form that equal numbers share. */
    static Number plain(Number number) {
        double value = number.doubleValue();
        if (number instanceof Integer || !fitsLong(value)) {
            return number instanceof Integer ? number : (Number) value;
        }
        long whole = number instanceof Long ? number.longValue() : (long) value;
        if (whole == (int) whole) {
            return (int) whole;
        }
        return whole;
    }

    private static boolean fitsLong(double value) {
        return value == Math.rint(value) && Math.abs(value) < 0x1p63;
    }

    /**
     * A result as JSON.
     *
     * @throws IllegalArgumentException if it is not JSON, such as a function
     */
    static JsonNode fromJsonata(Object value) {
        return new Values().convert(value);
    }

    private JsonNode convert(@Nullable Object value) {
        if (++nodes > MAX_NODES) {
            throw new IllegalArgumentException("returned a result that is too large.");
        }
        return switch (value) {
            case null -> NullNode.getInstance();
            case String text -> TextNode.valueOf(text);
            case Boolean flag -> BooleanNode.valueOf(flag);
            case Number number -> number(number);
            case Map<?, ?> map -> {
                ObjectNode object = Json.object();
                map.forEach((key, item) -> object.set(String.valueOf(key), convert(item)));
                yield object;
            }
            case List<?> list -> {
                ArrayNode array = Json.object().arrayNode();
                list.forEach(item -> array.add(convert(item)));
                yield array;
            }
            default -> {
                if (Jsonata.NULL_VALUE.equals(value)) {
                    yield NullNode.getInstance();
                }
                throw new IllegalArgumentException("returned an unsupported result type.");
            }
        };
    }

    private static JsonNode number(Number number) {
        if (!Double.isFinite(number.doubleValue())) {
            throw new IllegalArgumentException("returned a number out of range.");
        }
        return switch (plain(number)) {
            case Integer i -> IntNode.valueOf(i);
            case Long l -> LongNode.valueOf(l);
            case Number other -> DoubleNode.valueOf(other.doubleValue());
        };
    }
}
