package io.holdfast.local.states.language;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.local.states.language.TemplateParser.Access;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;

/** Reads how states are left: {@code Assign}, {@code Output}, {@code Next} and {@code End}. */
final class ExitParser {
    // A whole variable, not a part of one, with a name that JSONata can refer to.
    private static final Pattern VARIABLE = Pattern.compile("[\\p{L}_][\\p{L}\\p{N}_]{0,79}");

    private ExitParser() {}

    /** For a state that goes on or ends: exactly one of {@code Next} and {@code End: true}. */
    static Exit transition(Fields fields, Access access) {
        String next = fields.text("Next");
        JsonNode end = fields.take("End");
        if (end != null && !end.isBoolean()) {
            fields.problem("End", "Expected a boolean");
        } else if (fields.has("Next") == (end != null && end.booleanValue())) {
            fields.problem("", "Exactly one of 'Next' and 'End: true' is required");
        }
        return new Exit(assign(fields, "", access), output(fields, "", access), next);
    }

    /** For a Succeed state, which is an end and assigns nothing. */
    static Exit end(Fields fields, Access access) {
        return new Exit(Map.of(), output(fields, "", access), null);
    }

    static Exit rule(Fields fields, String prefix) {
        return new Exit(
                assign(fields, prefix, Access.INPUT),
                output(fields, prefix, Access.INPUT),
                fields.requiredText("Next"));
    }

    static Exit catcher(Fields fields, String prefix) {
        return new Exit(
                assign(fields, prefix, Access.ERROR),
                output(fields, prefix, Access.ERROR),
                fields.requiredText("Next"));
    }

    /** A Choice state's own: what happens if no rule holds. */
    static Exit otherwise(Fields fields) {
        return new Exit(
                assign(fields, "", Access.INPUT),
                output(fields, "", Access.INPUT),
                fields.text("Default"));
    }

    private static @Nullable Template output(Fields fields, String prefix, Access access) {
        return TemplateParser.field(fields, "Output", prefix, access);
    }

    private static Map<String, Template> assign(Fields fields, String prefix, Access access) {
        JsonNode assign = fields.take("Assign");
        if (assign == null) {
            return Map.of();
        }
        if (!assign.isObject()) {
            fields.problem("Assign", "Expected an object");
            return Map.of();
        }
        Map<String, Template> variables = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> variable : assign.properties()) {
            String name = variable.getKey();
            if (!VARIABLE.matcher(name).matches() || name.equals("states")) {
                fields.problem("Assign/" + name, "'" + name + "' is not a valid variable name");
            }
            String location = prefix.isEmpty() ? "Assign/" : prefix + "/Assign/";
            variables.put(
                    name,
                    TemplateParser.template(
                            variable.getValue(),
                            fields.at("Assign/" + name),
                            location + name,
                            access,
                            fields.problems()));
        }
        return variables;
    }
}
