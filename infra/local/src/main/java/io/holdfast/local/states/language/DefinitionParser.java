package io.holdfast.local.states.language;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Reads a definition's frame: the top, the flows, and what they hold. */
final class DefinitionParser {
    /** Seconds, at most: the specification's default timeout. */
    static final int MAX_SECONDS = 99_999_999;

    private final List<Problem> problems = new ArrayList<>();

    private DefinitionParser() {}

    static Definition parse(String text) {
        DefinitionParser parser = new DefinitionParser();
        Definition definition = parser.read(text);
        if (!parser.problems.isEmpty()) {
            throw new InvalidDefinitionException(parser.problems);
        }
        return definition;
    }

    private Definition read(String text) {
        JsonNode root = json(text);
        if (!root.isObject()) {
            throw new InvalidDefinitionException(
                    List.of(
                            new Problem(
                                    Problem.SCHEMA,
                                    "Definition must be a valid JSON object",
                                    "/")));
        }
        Fields top = new Fields(root, "", problems);
        String version = top.text("Version");
        if (version != null && !version.equals("1.0")) {
            top.problem("Version", "'Version' should be '1.0'");
        }
        Integer timeout = null;
        if (top.has("TimeoutSeconds")) {
            timeout = top.integer("TimeoutSeconds", 1, 1, MAX_SECONDS);
        }
        // JSONPath for the whole is its default; each state may still choose JSONata.
        boolean isJsonata =
                top.has("QueryLanguage") && !"JSONPath".equals(top.text("QueryLanguage"));
        Flow flow = flow(top, new StateParser(this, isJsonata));
        if (problems.isEmpty()) {
            FlowChecker.check(flow, top.place, problems);
        }
        return new Definition(flow, timeout);
    }

    private static JsonNode json(String text) {
        try {
            return Json.readDefinition(text);
        } catch (JsonProcessingException e) {
            String where =
                    e.getLocation() == null
                            ? "/"
                            : "line %d, column %d"
                                    .formatted(
                                            e.getLocation().getLineNr(),
                                            e.getLocation().getColumnNr());
            throw new InvalidDefinitionException(
                    List.of(new Problem(Problem.JSON, e.getOriginalMessage(), where)));
        }
    }

    /** The states of an object that has {@code StartAt} and {@code States}; refuses the rest. */
    Flow flow(Fields fields, StateParser parser) {
        String language = fields.text("QueryLanguage");
        if (language != null && !language.equals("JSONata") && !language.equals("JSONPath")) {
            fields.problem("QueryLanguage", "'QueryLanguage' should be 'JSONPath' or 'JSONata'");
        }
        List<String> missing =
                List.of("States", "StartAt").stream().filter(name -> !fields.has(name)).toList();
        if (!missing.isEmpty()) {
            fields.problem("", "These fields are required: " + missing);
        }
        String startAt = fields.text("StartAt");
        JsonNode states = fields.take("States");
        fields.refuseOthers();
        Map<String, State> parsed = new LinkedHashMap<>();
        if (states != null) {
            if (!states.isObject()) {
                fields.problem("States", "Expected an object");
            } else if (states.isEmpty()) {
                fields.problem("States", "Value cannot be empty");
            }
            for (Map.Entry<String, JsonNode> state : states.properties()) {
                Fields body = fields.object(state.getValue(), "States/" + state.getKey());
                State made = parser.state(state.getKey(), body);
                if (made != null) {
                    parsed.put(state.getKey(), made);
                }
            }
        }
        return new Flow(startAt == null ? "" : startAt, parsed);
    }
}
