package io.holdfast.local.states.language;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/** A JSON value in which strings of the form <code>{% … %}</code> are expressions. */
public sealed interface Template {
    /** The field that holds it, such as {@code Output/total}. */
    String location();

    /**
     * The value, with every expression evaluated.
     *
     * @throws EvaluationException if one fails or is undefined
     */
    JsonNode evaluate(Environment environment) throws EvaluationException;

    /** A value without expressions. */
    record Literal(String location, JsonNode value) implements Template {
        @Override
        public JsonNode evaluate(Environment environment) {
            return value;
        }
    }

    /** One expression. */
    record Dynamic(Expression expression) implements Template {
        @Override
        public String location() {
            return expression.location();
        }

        @Override
        public JsonNode evaluate(Environment environment) throws EvaluationException {
            return expression.evaluate(environment);
        }
    }

    /** An array with expressions somewhere within. */
    record Items(String location, List<Template> items) implements Template {
        @Override
        public JsonNode evaluate(Environment environment) throws EvaluationException {
            ArrayNode array = Json.object().arrayNode(items.size());
            for (Template item : items) {
                array.add(item.evaluate(environment));
            }
            return array;
        }
    }

    /** An object with expressions somewhere within. */
    record Fields(String location, SequencedMap<String, Template> fields) implements Template {
        Fields(String location, Map<String, Template> fields) {
            this(location, new LinkedHashMap<>(fields));
        }

        @Override
        public JsonNode evaluate(Environment environment) throws EvaluationException {
            ObjectNode object = Json.object();
            for (Map.Entry<String, Template> field : fields.entrySet()) {
                object.set(field.getKey(), field.getValue().evaluate(environment));
            }
            return object;
        }
    }

    /**
     * The value, which has to be of a JSON type.
     *
     * @param type {@code array}, {@code boolean}, {@code string} or {@code number}
     */
    default JsonNode evaluate(Environment environment, String type) throws EvaluationException {
        JsonNode value = evaluate(environment);
        if (!Json.typeName(value).equals(type)) {
            throw new EvaluationException(
                    location(),
                    "%s returned an unexpected result type. Expected '%s', but was '%s' for value: %s"
                            .formatted(subject(), type, Json.typeName(value), shortened(value)));
        }
        return value;
    }

    /** The value, which has to be an integer in a range. */
    default int integer(Environment environment, int min, int max) throws EvaluationException {
        JsonNode value = evaluate(environment, "number");
        if (!value.canConvertToExactIntegral()
                || !value.canConvertToInt()
                || value.intValue() < min
                || value.intValue() > max) {
            throw new EvaluationException(
                    location(),
                    "%s returned %s, which is not an integer from %d to %d"
                            .formatted(subject(), shortened(value), min, max));
        }
        return value.intValue();
    }

    /** How a message begins that is about this value. */
    default String subject() {
        return this instanceof Dynamic(Expression expression)
                ? expression.subject()
                : "The field '" + location() + "'";
    }

    private static String shortened(JsonNode value) {
        String text = Json.write(value);
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }
}
