package io.holdfast.local.template;

import com.fasterxml.jackson.databind.JsonNode;

import java.util.Map;
import java.util.regex.Matcher;

/**
 * Checks that whatever the template names exists, also where nothing here evaluates it: in
 * policies, in outputs, in resources that have nothing to run.
 */
final class References {
    private final Document document;
    private final Map<String, JsonNode> parameters;
    private final ResourceNames resources;

    References(Document document, Map<String, JsonNode> parameters, ResourceNames resources) {
        this.document = document;
        this.parameters = parameters;
        this.resources = resources;
    }

    /**
     * Walks the whole template.
     *
     * @throws TemplateException at the first name that does not exist
     */
    void check() {
        for (String section : new String[] {"Conditions", "Globals", "Resources", "Outputs"}) {
            walk(document.root().path(section), section);
        }
        document.root()
                .path("Resources")
                .properties()
                .forEach(e -> checkResource(e.getValue(), "Resources." + e.getKey()));
    }

    private void checkResource(JsonNode resource, String path) {
        if (resource.path("Type").asText().isEmpty()) {
            throw document.fault(path, "needs a Type");
        }
        JsonNode condition = resource.path("Condition");
        if (!condition.isMissingNode()) {
            checkCondition(condition.asText(), path + ".Condition");
        }
        JsonNode before = resource.path("DependsOn");
        if (before.isTextual()) {
            checkResourceName(before.asText(), path + ".DependsOn");
        }
        before.valueStream().forEach(n -> checkResourceName(n.asText(), path + ".DependsOn"));
    }

    private void walk(JsonNode node, String path) {
        String function = Expressions.function(node);
        JsonNode argument = function.isEmpty() ? node : node.path(function);
        switch (function) {
            case "Ref" -> checkName(argument.asText(), path);
            case "Fn::GetAtt" ->
                    checkResourceName(
                            argument.isArray()
                                    ? argument.path(0).asText()
                                    : argument.asText().split("\\.", 2)[0],
                            path);
            case "Fn::If" -> checkCondition(argument.path(0).asText(), path);
            case "Fn::Sub" -> checkSub(argument, path);
            default -> {}
        }
        if (argument.isObject()) {
            argument.properties().forEach(e -> walk(e.getValue(), path + "." + e.getKey()));
        } else if (argument.isArray()) {
            for (int i = 0; i < argument.size(); i++) {
                walk(argument.path(i), function.isEmpty() ? path + "." + i : path);
            }
        }
    }

    private void checkSub(JsonNode argument, String path) {
        JsonNode variables = argument.path(1);
        Matcher matcher =
                Expressions.VARIABLE.matcher(
                        argument.isArray() ? argument.path(0).asText() : argument.asText());
        while (matcher.find()) {
            String name = matcher.group(2);
            if (matcher.group(1).isEmpty() && !variables.has(name)) {
                checkName(name.split("\\.", 2)[0], path);
            }
        }
    }

    private void checkName(String name, String path) {
        if (!parameters.containsKey(name) && !name.startsWith("AWS::")) {
            checkResourceName(name, path);
        }
    }

    private void checkResourceName(String name, String path) {
        if (resources.type(name).isEmpty()) {
            throw document.fault(path, name + " is neither a parameter nor a resource");
        }
    }

    private void checkCondition(String name, String path) {
        if (!document.root().path("Conditions").has(name)) {
            throw document.fault(path, "the condition " + name + " is not declared");
        }
    }
}
