package io.holdfast.local.states.language;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;

/** Reads and writes JSON; values are Jackson nodes that nobody changes once they are shared. */
public final class Json {
    private static final JsonMapper DATA =
            JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();
    // In a definition, a state named twice would silently vanish.
    private static final JsonMapper DEFINITION =
            DATA.rebuild().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private Json() {}

    /**
     * Reads one JSON value.
     *
     * @throws JsonProcessingException if the text is not exactly one value
     */
    public static JsonNode read(String text) throws JsonProcessingException {
        return present(DATA.readTree(text), text);
    }

    /**
     * Reads one JSON value.
     *
     * @throws IOException if the bytes are not exactly one value
     */
    public static JsonNode read(byte[] bytes) throws IOException {
        JsonNode node = DATA.readTree(bytes);
        if (node.isMissingNode()) {
            throw new IOException("no JSON value");
        }
        return node;
    }

    static JsonNode readDefinition(String text) throws JsonProcessingException {
        return present(DEFINITION.readTree(text), text);
    }

    private static JsonNode present(JsonNode node, String text) throws JsonProcessingException {
        if (node.isMissingNode()) {
            DATA.readValue(text, JsonNode.class); // throws: nothing to read
            throw new IllegalStateException("blank text was read as a value");
        }
        return node;
    }

    /** The value as compact JSON. */
    public static String write(JsonNode node) {
        return node.toString();
    }

    /** An empty object. */
    public static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }

    /** The value's type as JSONata names it. */
    static String typeName(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "array";
            case OBJECT, POJO -> "object";
            case BOOLEAN -> "boolean";
            case NULL, MISSING -> "null";
            case NUMBER -> "number";
            case STRING, BINARY -> "string";
        };
    }
}
