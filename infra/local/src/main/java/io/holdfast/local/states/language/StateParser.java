package io.holdfast.local.states.language;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.local.states.language.TemplateParser.Access;

import org.jspecify.annotations.Nullable;

import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Reads states, type by type.
 *
 * @see <a href="https://states-language.net/spec.html#table-of-state-types-and-fields">State types
 *     and fields</a>
 */
final class StateParser {
    private static final int MAX_NAME = 80;

    private final DefinitionParser flows;
    private final boolean languageIsSet;

    StateParser(DefinitionParser flows, boolean languageIsSet) {
        this.flows = flows;
        this.languageIsSet = languageIsSet;
    }

    /** The state, or nothing if it is too wrong to be read. */
    @Nullable State state(String name, Fields fields) {
        if (name.isEmpty() || name.codePointCount(0, name.length()) > MAX_NAME) {
            fields.problems()
                    .add(
                            new Problem(
                                    Problem.STATE_NAME,
                                    "A state's name must have 1 to " + MAX_NAME + " characters",
                                    fields.at("")));
        }
        if (!isJsonata(fields)) {
            return null;
        }
        String type = fields.requiredText("Type");
        State state =
                switch (type) {
                    case "Task" -> task(name, fields);
                    case "Pass" ->
                            new State.Pass(name, ExitParser.transition(fields, Access.INPUT));
                    case "Wait" -> waiting(name, fields);
                    case "Choice" -> choice(name, fields);
                    case "Succeed" -> new State.Succeed(name, ExitParser.end(fields, Access.INPUT));
                    case "Fail" ->
                            new State.Fail(name, string(fields, "Error"), string(fields, "Cause"));
                    case "Parallel" -> parallel(name, fields);
                    case "Map" -> each(name, fields);
                    default -> null;
                };
        if (state != null) {
            fields.refuseOthers();
        } else if (fields.has("Type")) {
            fields.problem(
                    "Type",
                    "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed,"
                            + " Fail, Choice, Parallel, Map]");
        }
        return state;
    }

    private boolean isJsonata(Fields fields) {
        String language = fields.text("QueryLanguage");
        if (language == null ? languageIsSet : language.equals("JSONata")) {
            return true;
        }
        if (language == null || language.equals("JSONPath")) {
            fields.problem(
                    language == null ? "" : "QueryLanguage",
                    languageIsSet
                            ? "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole"
                                    + " state machine"
                            : "JSONPath (the default) is not supported by this engine; set"
                                    + " 'QueryLanguage' to 'JSONata'");
        } else {
            fields.problem("QueryLanguage", "'QueryLanguage' should be 'JSONata'");
        }
        return false;
    }

    private static State task(String name, Fields fields) {
        Resource resource = ResourceParser.resource(fields);
        Template arguments = TemplateParser.field(fields, "Arguments", "", Access.INPUT);
        ResourceParser.checkArguments(fields, resource, arguments);
        JsonNode credentials = fields.take("Credentials");
        if (credentials != null) {
            // Read for its faults only: there are no roles here.
            Fields role = fields.object(credentials, "Credentials");
            if (!role.has("RoleArn")) {
                role.problem("", "The field 'RoleArn' is required but was missing");
            }
            TemplateParser.field(role, "RoleArn", "Credentials", Access.INPUT);
            role.refuseOthers();
        }
        Template timeout = number(fields, "TimeoutSeconds", 1, DefinitionParser.MAX_SECONDS);
        Template heartbeat = number(fields, "HeartbeatSeconds", 1, DefinitionParser.MAX_SECONDS);
        if (timeout instanceof Template.Literal(_, JsonNode most)
                && heartbeat instanceof Template.Literal(_, JsonNode beat)
                && beat.asInt() >= most.asInt()) {
            fields.problem("HeartbeatSeconds", "It must be smaller than TimeoutSeconds");
        }
        return new State.Task(
                name,
                resource,
                arguments,
                timeout,
                heartbeat,
                HandlingParser.handling(fields),
                ExitParser.transition(fields, Access.RESULT));
    }

    private static State waiting(String name, Fields fields) {
        Template seconds = number(fields, "Seconds", 0, DefinitionParser.MAX_SECONDS);
        Template timestamp = string(fields, "Timestamp");
        if (fields.has("Seconds") == fields.has("Timestamp")) {
            fields.problem("", "Exactly one of 'Seconds' and 'Timestamp' is required");
        }
        if (timestamp instanceof Template.Literal(_, JsonNode value)) {
            try {
                Timestamps.parse(value.asText());
            } catch (DateTimeException e) {
                fields.problem(
                        "Timestamp", "It is not an ISO-8601 extended offset date-time string");
            }
        }
        return new State.Wait(
                name, seconds, timestamp, ExitParser.transition(fields, Access.INPUT));
    }

    private static State choice(String name, Fields fields) {
        fields.required("Choices");
        List<JsonNode> nodes = fields.list("Choices");
        if (nodes.isEmpty() && fields.has("Choices")) {
            fields.problem("Choices", "Value cannot be empty");
        }
        List<State.Rule> rules = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            String at = "Choices[" + i + "]";
            Fields rule = fields.object(nodes.get(i), at);
            Template condition = TemplateParser.field(rule, "Condition", at, Access.INPUT);
            if (condition == null) {
                rule.problem("", "These fields are required: [Condition]");
            } else if (condition instanceof Template.Dynamic || isBoolean(condition)) {
                rules.add(new State.Rule(condition, ExitParser.rule(rule, at)));
            } else {
                rule.problem("Condition", "Expected a boolean or a JSONata expression");
            }
            rule.text("Next");
            rule.take("Assign");
            rule.take("Output");
            rule.refuseOthers();
        }
        return new State.Choice(name, List.copyOf(rules), ExitParser.otherwise(fields));
    }

    private static boolean isBoolean(Template template) {
        return template instanceof Template.Literal(_, JsonNode value) && value.isBoolean();
    }

    private State parallel(String name, Fields fields) {
        Template arguments = TemplateParser.field(fields, "Arguments", "", Access.INPUT);
        fields.required("Branches");
        List<JsonNode> nodes = fields.list("Branches");
        if (nodes.isEmpty() && fields.has("Branches")) {
            fields.problem("Branches", "Value cannot be empty");
        }
        List<Flow> branches = new ArrayList<>();
        for (int i = 0; i < nodes.size(); i++) {
            branches.add(flows.flow(fields.object(nodes.get(i), "Branches[" + i + "]"), this));
        }
        return new State.Parallel(
                name,
                arguments,
                List.copyOf(branches),
                HandlingParser.handling(fields),
                ExitParser.transition(fields, Access.RESULT));
    }

    private State each(String name, Fields fields) {
        Template items = TemplateParser.field(fields, "Items", "", Access.INPUT);
        if (items instanceof Template.Fields
                || (items instanceof Template.Literal(_, JsonNode value) && !value.isArray())) {
            fields.problem("Items", "Expected an array or a JSONata expression");
        }
        Template selector = TemplateParser.field(fields, "ItemSelector", "", Access.INPUT);
        Template concurrency = number(fields, "MaxConcurrency", 0, DefinitionParser.MAX_SECONDS);
        Template count = number(fields, "ToleratedFailureCount", 0, DefinitionParser.MAX_SECONDS);
        Template percentage = number(fields, "ToleratedFailurePercentage", 0, 100);
        Flow processor = new Flow("", Map.of());
        if (!fields.required("ItemProcessor").isNull()) {
            Fields inner = fields.object(fields.required("ItemProcessor"), "ItemProcessor");
            JsonNode config = inner.take("ProcessorConfig");
            if (config != null) {
                processorConfig(inner.object(config, "ProcessorConfig"));
            }
            processor = flows.flow(inner, this);
        }
        for (String distributed : List.of("ItemReader", "ItemBatcher", "ResultWriter", "Label")) {
            if (fields.take(distributed) != null) {
                fields.problem(
                        distributed, "Distributed Map states are not supported by this engine");
            }
        }
        return new State.Each(
                name,
                items,
                selector,
                concurrency,
                count,
                percentage,
                processor,
                HandlingParser.handling(fields),
                ExitParser.transition(fields, Access.RESULT));
    }

    private static void processorConfig(Fields config) {
        String mode = config.text("Mode");
        if ("DISTRIBUTED".equals(mode)) {
            config.take("ExecutionType");
            config.problem("Mode", "Distributed Map states are not supported by this engine");
        } else if (mode != null && !mode.equals("INLINE")) {
            config.problem("Mode", "'Mode' should be 'INLINE'");
        }
        config.refuseOthers();
    }

    /** A field that takes an integer, or a percentage, or an expression. */
    private static @Nullable Template number(Fields fields, String name, int min, int max) {
        Template template = TemplateParser.field(fields, name, "", Access.INPUT);
        if (template instanceof Template.Literal(_, JsonNode value)) {
            boolean whole = name.endsWith("Percentage") || value.isIntegralNumber();
            if (!value.isNumber() || !whole || value.asDouble() < min || value.asDouble() > max) {
                fields.problem(
                        name,
                        "Expected a number from %d to %d or a JSONata expression"
                                .formatted(min, max));
            }
        } else if (template != null && !(template instanceof Template.Dynamic)) {
            fields.problem(name, "Expected a number or a JSONata expression");
        }
        return template;
    }

    private static @Nullable Template string(Fields fields, String name) {
        Template template = TemplateParser.field(fields, name, "", Access.INPUT);
        if (template instanceof Template.Items
                || template instanceof Template.Fields
                || (template instanceof Template.Literal(_, JsonNode value)
                        && !value.isTextual())) {
            fields.problem(name, "Expected a string");
        }
        return template;
    }
}
