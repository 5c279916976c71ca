package io.holdfast.local.states.language;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Reads values with expressions, and checks what they may refer to: "attempting to access
 * $states.result or $states.errorOutput from fields and states where they are not accessible will
 * be caught at creation, update, or validation of the state machine" (AWS, Transforming data with
 * JSONata).
 */
final class TemplateParser {
    private static final Pattern RESULT = Pattern.compile("\\$states\\s*\\.\\s*result\\b");
    private static final Pattern ERROR = Pattern.compile("\\$states\\s*\\.\\s*errorOutput\\b");

    /** What a field's expressions may refer to beside input and context. */
    enum Access {
        INPUT,
        RESULT,
        ERROR
    }

    private TemplateParser() {}

    /**
     * Reads a field of an object.
     *
     * @param prefix where the object lies within its state, such as {@code Catch[0]}, or empty
     */
    static @Nullable Template field(Fields fields, String name, String prefix, Access access) {
        JsonNode value = fields.take(name);
        String location = prefix.isEmpty() ? name : prefix + "/" + name;
        return value == null
                ? null
                : template(value, fields.at(name), location, access, fields.problems());
    }

    static Template template(
            JsonNode value, String place, String location, Access access, List<Problem> problems) {
        if (value.isTextual()) {
            return text(value, place, location, access, problems);
        }
        if (value.isArray()) {
            List<Template> items = new ArrayList<>();
            for (int i = 0; i < value.size(); i++) {
                String index = "[" + i + "]";
                items.add(
                        template(value.get(i), place + index, location + index, access, problems));
            }
            return items.stream().allMatch(Template.Literal.class::isInstance)
                    ? new Template.Literal(location, value)
                    : new Template.Items(location, List.copyOf(items));
        }
        if (value.isObject()) {
            Map<String, Template> fields = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> field : value.properties()) {
                String step = "/" + field.getKey();
                fields.put(
                        field.getKey(),
                        template(
                                field.getValue(), place + step, location + step, access, problems));
            }
            return fields.values().stream().allMatch(Template.Literal.class::isInstance)
                    ? new Template.Literal(location, value)
                    : new Template.Fields(location, fields);
        }
        return new Template.Literal(location, value);
    }

    private static Template text(
            JsonNode value, String place, String location, Access access, List<Problem> problems) {
        String text = value.textValue();
        boolean opens = text.startsWith("{%");
        boolean closes = text.endsWith("%}");
        if (!opens && !closes) {
            return new Template.Literal(location, value);
        }
        if (!opens || !closes || text.length() < 4) {
            problems.add(
                    new Problem(
                            Problem.SCHEMA,
                            "A JSONata expression must start with '{%' and end with '%}'",
                            place));
            return new Template.Literal(location, value);
        }
        try {
            Expression expression = new Expression(text.substring(2, text.length() - 2), location);
            checkAccess(expression, place, access, problems);
            return new Template.Dynamic(expression);
        } catch (IllegalArgumentException e) {
            problems.add(
                    new Problem(
                            Problem.SCHEMA,
                            "The JSONata expression does not parse: " + e.getMessage(),
                            place));
            return new Template.Literal(location, value);
        }
    }

    private static void checkAccess(
            Expression expression, String place, Access access, List<Problem> problems) {
        String code = expression.code();
        if (access != Access.RESULT && RESULT.matcher(code).find()) {
            problems.add(new Problem(Problem.SCHEMA, "$states.result is not available", place));
        }
        if (access != Access.ERROR && ERROR.matcher(code).find()) {
            problems.add(
                    new Problem(Problem.SCHEMA, "$states.errorOutput is not available", place));
        }
    }
}
