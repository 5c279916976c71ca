package io.holdfast.local.template;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.TextNode;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * The template's parameters and their values: given, or by default, and checked as CloudFormation
 * does (user guide, "Parameters section"): Type, AllowedValues, AllowedPattern, MinLength,
 * MaxLength, MinValue, MaxValue.
 */
final class Parameters {
    private final Document document;
    private final List<String> faults = new ArrayList<>();
    private final Map<String, JsonNode> values = new HashMap<>();

    private Parameters(Document document) {
        this.document = document;
    }

    /**
     * The value of each declared parameter: a text, or an array of texts for a list type.
     *
     * @throws TemplateException naming every fault, one a line
     */
    static Map<String, JsonNode> resolve(Document document, Map<String, String> given) {
        Parameters parameters = new Parameters(document);
        JsonNode declared = document.root().path("Parameters");
        declared.properties()
                .forEach(
                        entry ->
                                parameters.resolve(
                                        entry.getKey(),
                                        entry.getValue(),
                                        given.get(entry.getKey())));
        given.keySet().stream()
                .filter(name -> !declared.has(name))
                .sorted()
                .forEach(name -> parameters.fault("Parameters." + name, "is not declared"));
        if (!parameters.faults.isEmpty()) {
            throw new TemplateException(String.join("\n", parameters.faults));
        }
        return Map.copyOf(parameters.values);
    }

    private void resolve(String name, JsonNode declaration, @Nullable String given) {
        String path = "Parameters." + name;
        String type = declaration.path("Type").asText();
        String text = given;
        if (text == null && declaration.has("Default")) {
            text = declaration.path("Default").asText();
        }
        if (type.isEmpty()) {
            fault(path, "needs a Type");
        } else if (text == null) {
            fault(path, "has no default and was given no value");
        } else if (type.equals("CommaDelimitedList") || type.startsWith("List<")) {
            ArrayNode list = JsonNodeFactory.instance.arrayNode();
            for (String item : text.split(",", -1)) {
                check(path, declaration, type, item.strip());
                list.add(item.strip());
            }
            values.put(name, list);
        } else {
            check(path, declaration, type, text);
            values.put(name, TextNode.valueOf(text));
        }
    }

    private void check(String path, JsonNode declaration, String type, String text) {
        if (type.equals("Number") || type.equals("List<Number>")) {
            checkNumber(path, declaration, text);
        }
        JsonNode allowed = declaration.path("AllowedValues");
        if (allowed.isArray() && allowed.valueStream().noneMatch(v -> v.asText().equals(text))) {
            List<String> choices = allowed.valueStream().map(JsonNode::asText).toList();
            fault(path, "is '" + text + "' but must be one of " + String.join(", ", choices));
        }
        if (declaration.has("MinLength") && text.length() < declaration.path("MinLength").asInt()) {
            fault(path, "is shorter than " + declaration.path("MinLength").asText());
        }
        if (declaration.has("MaxLength") && text.length() > declaration.path("MaxLength").asInt()) {
            fault(path, "is longer than " + declaration.path("MaxLength").asText());
        }
        if (declaration.has("AllowedPattern")) {
            checkPattern(path, declaration.path("AllowedPattern").asText(), text);
        }
    }

    private void checkPattern(String path, String pattern, String text) {
        try {
            if (!Pattern.matches(pattern, text)) {
                fault(path, "is '" + text + "' but must match " + pattern);
            }
        } catch (PatternSyntaxException e) {
            fault(path, "has an AllowedPattern that is not a pattern: " + e.getDescription());
        }
    }

    private void checkNumber(String path, JsonNode declaration, String text) {
        BigDecimal number;
        try {
            number = new BigDecimal(text);
        } catch (NumberFormatException e) {
            fault(path, "is '" + text + "' but must be a number");
            return;
        }
        JsonNode min = declaration.path("MinValue");
        if (min.isNumber() && number.compareTo(min.decimalValue()) < 0) {
            fault(path, "is " + text + " but must be " + min.asText() + " or more");
        }
        JsonNode max = declaration.path("MaxValue");
        if (max.isNumber() && number.compareTo(max.decimalValue()) > 0) {
            fault(path, "is " + text + " but must be " + max.asText() + " or less");
        }
    }

    private void fault(String path, String sentence) {
        faults.add(document.fault(path, sentence).getMessage());
    }
}
