package io.holdfast.local.template;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Evaluates intrinsic functions.
 *
 * <p>The rules are those of the CloudFormation user guide, "Intrinsic function reference" and
 * "Pseudo parameters reference". A value of {@code AWS::NoValue} evaluates to a missing node, and
 * is left out of the map or list that it stands in.
 */
final class Expressions {
    private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

    /**
     * {@code ${Name}}, {@code ${Name.Attribute}}, {@code ${AWS::Region}} and {@code ${!Literal}}.
     */
    static final Pattern VARIABLE = Pattern.compile("\\$\\{(!?)\\s*([^{}]+?)\\s*}");

    private final Document document;
    private final Map<String, JsonNode> parameters;
    private final ResourceNames resources;
    private final Deque<String> conditionsInProgress = new ArrayDeque<>();

    Expressions(Document document, Map<String, JsonNode> parameters, ResourceNames resources) {
        this.document = document;
        this.parameters = parameters;
        this.resources = resources;
    }

    /** If this is a call: the function's name in its long form, else empty. */
    static String function(JsonNode node) {
        if (!node.isObject() || node.size() != 1) {
            return "";
        }
        String name = node.fieldNames().next();
        return name.equals("Ref") || name.startsWith("Fn::") ? name : "";
    }

    /**
     * The value of an expression, with no intrinsic function left in it.
     *
     * @param path where it stands, for messages
     * @throws TemplateException if a function is used wrongly or names what does not exist
     */
    JsonNode evaluate(JsonNode raw, String path) {
        String function = function(raw);
        if (!function.isEmpty()) {
            return call(function, raw.path(function), path);
        }
        return switch (raw) {
            case ObjectNode object -> {
                ObjectNode result = JSON.objectNode();
                object.properties()
                        .forEach(
                                e -> {
                                    JsonNode v = evaluate(e.getValue(), path + "." + e.getKey());
                                    if (!v.isMissingNode()) {
                                        result.set(e.getKey(), v);
                                    }
                                });
                yield result;
            }
            case ArrayNode array -> {
                ArrayNode result = JSON.arrayNode();
                for (int i = 0; i < array.size(); i++) {
                    JsonNode v = evaluate(array.path(i), path + "." + i);
                    if (!v.isMissingNode()) {
                        result.add(v);
                    }
                }
                yield result;
            }
            default -> raw;
        };
    }

    /** Whether a resource with this condition exists; one without a condition does. */
    boolean exists(JsonNode resource, String path) {
        JsonNode condition = resource.path("Condition");
        return condition.isMissingNode() || condition(condition.asText(), path + ".Condition");
    }

    private boolean condition(String name, String path) {
        JsonNode declared = document.root().path("Conditions").path(name);
        if (declared.isMissingNode()) {
            throw document.fault(path, "the condition " + name + " is not declared");
        }
        if (conditionsInProgress.contains(name)) {
            throw document.fault("Conditions." + name, "depends on itself");
        }
        conditionsInProgress.push(name);
        try {
            return truth(declared, "Conditions." + name);
        } finally {
            conditionsInProgress.pop();
        }
    }

    private boolean truth(JsonNode raw, String path) {
        if (raw.isObject() && raw.size() == 1 && raw.has("Condition")) {
            return condition(raw.path("Condition").asText(), path);
        }
        JsonNode value = evaluate(raw, path);
        return switch (value.asText()) {
            case "true" -> true;
            case "false" -> false;
            default -> throw document.fault(path, "is not a condition");
        };
    }

    private JsonNode call(String function, JsonNode argument, String path) {
        return switch (function) {
            case "Ref" -> ref(text(argument, path), path);
            case "Fn::GetAtt" -> attribute(argument, path);
            case "Fn::Sub" -> sub(argument, path);
            case "Fn::Join" -> join(argument, path);
            case "Fn::Select" -> select(argument, path);
            case "Fn::Split" -> split(argument, path);
            case "Fn::If" -> {
                JsonNode parts = list(argument, 3, path);
                boolean holds = condition(parts.path(0).asText(), path);
                yield evaluate(parts.path(holds ? 1 : 2), path);
            }
            case "Fn::Equals" -> {
                JsonNode parts = list(argument, 2, path);
                JsonNode left = evaluate(parts.path(0), path);
                JsonNode right = evaluate(parts.path(1), path);
                // A number equals its text: parameters are texts.
                yield BooleanNode.valueOf(
                        (left.isValueNode() && right.isValueNode())
                                ? left.asText().equals(right.asText())
                                : left.equals(right));
            }
            case "Fn::Not" -> BooleanNode.valueOf(!truth(list(argument, 1, path).path(0), path));
            case "Fn::And" ->
                    BooleanNode.valueOf(argument.valueStream().allMatch(part -> truth(part, path)));
            case "Fn::Or" ->
                    BooleanNode.valueOf(argument.valueStream().anyMatch(part -> truth(part, path)));
            case "Fn::FindInMap" -> findInMap(argument, path);
            case "Fn::Base64" ->
                    TextNode.valueOf(
                            Base64.getEncoder()
                                    .encodeToString(text(argument, path).getBytes(UTF_8)));
            case "Fn::GetAZs" -> JSON.arrayNode().add(Pseudo.REGION + "a").add(Pseudo.REGION + "b");
            case "Fn::Length" -> IntNode.valueOf(items(argument, path).size());
            case "Fn::ToJsonString" -> TextNode.valueOf(evaluate(argument, path).toString());
            case "Fn::ImportValue" ->
                    throw document.fault(
                            path,
                            "imports "
                                    + evaluate(argument, path).asText()
                                    + " of another stack, and there is none here; make it a"
                                    + " parameter");
            default -> throw document.fault(path, function + " is not understood here");
        };
    }

    private JsonNode ref(String name, String path) {
        JsonNode parameter = parameters.get(name);
        if (parameter != null) {
            return parameter;
        }
        if (name.startsWith("AWS::")) {
            return Pseudo.value(name)
                    .orElseThrow(() -> document.fault(path, name + " is not understood here"));
        }
        return TextNode.valueOf(resources.ref(name, path, this));
    }

    private JsonNode attribute(JsonNode argument, String path) {
        List<String> parts =
                argument.isTextual()
                        ? List.of(argument.textValue().split("\\.", 2))
                        : argument.valueStream().map(part -> text(part, path)).toList();
        if (parts.size() < 2) {
            throw document.fault(path, "Fn::GetAtt needs a resource and an attribute");
        }
        String attribute = String.join(".", parts.subList(1, parts.size()));
        return TextNode.valueOf(resources.attribute(parts.getFirst(), attribute, path, this));
    }

    private JsonNode sub(JsonNode argument, String path) {
        String template = argument.isArray() ? argument.path(0).asText() : text(argument, path);
        JsonNode variables = argument.isArray() ? argument.path(1) : MissingNode.getInstance();
        Matcher matcher = VARIABLE.matcher(template);
        return TextNode.valueOf(
                matcher.replaceAll(
                        found ->
                                Matcher.quoteReplacement(
                                        variable(
                                                !found.group(1).isEmpty(),
                                                found.group(2),
                                                variables,
                                                path))));
    }

    private String variable(boolean literal, String name, JsonNode variables, String path) {
        if (literal) {
            return "${" + name + "}";
        }
        if (variables.has(name)) {
            return text(variables.path(name), path);
        }
        JsonNode value =
                name.contains(".") && !parameters.containsKey(name)
                        ? attribute(TextNode.valueOf(name), path)
                        : ref(name, path);
        if (!value.isValueNode()) {
            throw document.fault(path, "${" + name + "} is a list, not a text");
        }
        return value.asText();
    }

    private JsonNode join(JsonNode argument, String path) {
        JsonNode parts = list(argument, 2, path);
        return TextNode.valueOf(
                items(parts.path(1), path).stream()
                        .map(JsonNode::asText)
                        .collect(Collectors.joining(parts.path(0).asText())));
    }

    private JsonNode select(JsonNode argument, String path) {
        JsonNode parts = list(argument, 2, path);
        List<JsonNode> items = items(parts.path(1), path);
        int index = evaluate(parts.path(0), path).asInt(-1);
        if (index < 0 || index >= items.size()) {
            throw document.fault(path, "Fn::Select asks for item " + index + " of " + items.size());
        }
        return items.get(index);
    }

    private JsonNode split(JsonNode argument, String path) {
        JsonNode parts = list(argument, 2, path);
        ArrayNode result = JSON.arrayNode();
        String delimiter = parts.path(0).asText();
        for (String part : text(parts.path(1), path).split(Pattern.quote(delimiter), -1)) {
            result.add(part);
        }
        return result;
    }

    private JsonNode findInMap(JsonNode argument, String path) {
        if (!argument.isArray() || argument.size() < 3) {
            throw document.fault(path, "Fn::FindInMap needs a map and two keys");
        }
        List<String> keys = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            keys.add(text(argument.path(i), path));
        }
        JsonNode value = document.root().path("Mappings");
        for (String key : keys) {
            value = value.path(key);
        }
        JsonNode byDefault = argument.path(3).path("DefaultValue");
        if (value.isMissingNode() && !byDefault.isMissingNode()) {
            return evaluate(byDefault, path);
        }
        if (value.isMissingNode()) {
            throw document.fault(path, "Mappings has no " + String.join(".", keys));
        }
        return value;
    }

    private List<JsonNode> items(JsonNode raw, String path) {
        JsonNode value = evaluate(raw, path);
        if (!value.isArray()) {
            throw document.fault(path, "needs a list");
        }
        return value.valueStream().toList();
    }

    private JsonNode list(JsonNode argument, int size, String path) {
        if (!argument.isArray() || argument.size() != size) {
            throw document.fault(path, "an intrinsic function here needs a list of " + size);
        }
        return argument;
    }

    private String text(JsonNode raw, String path) {
        JsonNode value = evaluate(raw, path);
        if (!value.isValueNode()) {
            throw document.fault(path, "needs a text");
        }
        return value.asText();
    }
}
