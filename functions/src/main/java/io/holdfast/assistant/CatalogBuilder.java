package io.holdfast.assistant;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiFunction;

/**
 * Builds the catalog from a file without faults. What the file leaves out has the defaults that the
 * schema names.
 */
final class CatalogBuilder {
    static final String DEFAULT = "default";

    private CatalogBuilder() {}

    /** The catalog of a file that has been checked. */
    static Catalog build(JsonNode file) {
        Map<String, Policy> policies = new LinkedHashMap<>();
        policies.put(DEFAULT, policy(DEFAULT, Json.object()));
        policies.putAll(entries(file.path("policies"), CatalogBuilder::policy));
        return new Catalog(
                defaultAssistant(file),
                entries(file.path("assistants"), (name, json) -> assistant(name, json, policies)),
                entries(file.path("tools"), CatalogBuilder::tool),
                List.copyOf(entries(file.path("mcpServers"), CatalogBuilder::mcpServer).values()),
                entries(file.path("subjects"), CatalogBuilder::subject),
                new Prices(entries(file.path("prices"), (model, json) -> price(json))));
    }

    /** The default assistant's name: as written, else the only one, else {@code default}. */
    static String defaultAssistant(JsonNode file) {
        JsonNode assistants = file.path("assistants");
        String single =
                assistants.isObject() && assistants.size() == 1
                        ? assistants.fieldNames().next()
                        : DEFAULT;
        return file.path("defaultAssistant").asText(single);
    }

    /** What stands before the names of an MCP server's tools. */
    static String prefix(String name, JsonNode server) {
        return server.path("prefix").asText(name + "_");
    }

    private static Assistant assistant(String name, JsonNode json, Map<String, Policy> policies) {
        @Nullable Policy policy = policies.get(json.path("policy").asText(DEFAULT));
        if (policy == null) {
            throw new IllegalStateException("policies are checked before");
        }
        JsonNode overrides = json.path("overrides");
        return new Assistant(
                name,
                json.path("systemPrompt").textValue(),
                json.path("model").textValue(),
                json.path("finalModel").textValue(),
                effort(json.path("reasoningEffort").asText("none")),
                json.path("maxSteps").asInt(8),
                json.path("maxOutputTokens").asInt(8192),
                json.path("maxHistoryMessages").asInt(200),
                json.path("maxHistoryCharacters").asInt(400_000),
                json.path("maxResultCharacters").asInt(50_000),
                texts(json.path("tools")),
                texts(json.path("context")),
                contextLimits(json.path("maxContextCharacters")),
                policy,
                new Overrides(
                        texts(overrides.path("models")),
                        new LinkedHashSet<>(
                                texts(overrides.path("reasoningEfforts")).stream()
                                        .map(CatalogBuilder::effort)
                                        .toList())),
                OnBusy.of(json.path("onBusy").asText("reject")).orElseThrow(),
                json.path("titles").asBoolean(true));
    }

    private static Policy policy(String name, JsonNode json) {
        return new Policy(
                name,
                duration(json.path("approvalExpires").asText("7d")),
                rules(json.path("everyone")),
                entries(json.path("roles"), (role, rules) -> rules(rules)));
    }

    private static Policy.Rules rules(JsonNode json) {
        return new Policy.Rules(
                risk(json.path("runs").asText("low")),
                risk(json.path("confirms").asText("high")),
                texts(json.path("confirm")),
                texts(json.path("allow")),
                texts(json.path("deny")));
    }

    private static ToolConfig tool(String name, JsonNode json) {
        return new ToolConfig(
                name,
                json.path("description").asText(""),
                risk(json.path("risk").asText("low")),
                json.path("input") instanceof ObjectNode input ? input : noInput(),
                duration(json.path("timeout").asText("60s")),
                kind(name, json),
                json.path("operation") instanceof ObjectNode operation
                        ? operation(operation)
                        : null,
                json.path("operation").path("cancel").textValue(),
                json.path("result") instanceof ObjectNode result ? result(result) : null);
    }

    private static ResultConfig result(ObjectNode json) {
        return new ResultConfig(json.path("step").textValue(), settings(json));
    }

    private static ObjectNode settings(JsonNode json) {
        return json.path("settings") instanceof ObjectNode settings ? settings : Json.object();
    }

    private static OperationConfig operation(ObjectNode json) {
        Duration timeout = duration(json.path("timeout").asText("1d"));
        Duration silence =
                json.has("heartbeat")
                        ? duration(json.path("heartbeat").asText())
                        : Duration.ofMinutes(5);
        return new OperationConfig(
                OperationConfig.Mode.valueOf(json.path("mode").asText().toUpperCase(Locale.ROOT)),
                silence.compareTo(timeout) > 0 ? timeout : silence,
                timeout);
    }

    private static ToolKind kind(String name, JsonNode json) {
        return switch (json.path("kind").asText()) {
            case "builtin" ->
                    new ToolKind.Builtin(json.path("builtin").asText(name), settings(json));
            case "lambda" -> new ToolKind.Lambda(json.path("function").textValue());
            case "http" ->
                    new ToolKind.Http(
                            URI.create(json.path("url").textValue()),
                            headers(json.path("headers")),
                            json.path("allowPrivateAddresses").asBoolean(false),
                            json.path("maxResponseBytes").asInt(1_000_000),
                            json.path("retries").asInt(2));
            default -> throw new IllegalStateException("kinds are checked before");
        };
    }

    private static McpServer mcpServer(String name, JsonNode json) {
        return new McpServer(
                name,
                URI.create(json.path("url").textValue()),
                prefix(name, json),
                risk(json.path("risk").asText("medium")),
                entries(json.path("risks"), (tool, risk) -> risk(risk.textValue())),
                headers(json.path("headers")),
                json.path("allowPrivateAddresses").asBoolean(false),
                texts(json.path("resources")),
                texts(json.path("prompts")),
                duration(json.path("timeout").asText("60s")));
    }

    private static ContextLimits contextLimits(JsonNode json) {
        ContextLimits absent = ContextLimits.DEFAULT;
        return new ContextLimits(
                json.path("subject").asInt(absent.subject()),
                json.path("profile").asInt(absent.profile()),
                json.path("memory").asInt(absent.memory()));
    }

    private static SubjectSource subject(String kind, JsonNode json) {
        return new SubjectSource(
                kind,
                json.path("url").textValue(),
                headers(json.path("headers")),
                json.path("allowPrivateAddresses").asBoolean(false),
                duration(json.path("timeout").asText("3s")));
    }

    private static Price price(JsonNode json) {
        return new Price(json.path("input").decimalValue(), json.path("output").decimalValue());
    }

    private static Map<String, HeaderValue> headers(JsonNode json) {
        return entries(
                json,
                (name, value) ->
                        value.isTextual()
                                ? new HeaderValue.Plain(value.textValue())
                                : new HeaderValue.Secret(
                                        value.path("secret").textValue(),
                                        value.path("prefix").asText("")));
    }

    private static ObjectNode noInput() {
        ObjectNode schema = Json.object().put("type", "object");
        schema.putObject("properties");
        return schema.put("additionalProperties", false);
    }

    private static Risk risk(String name) {
        return Risk.valueOf(name.toUpperCase(Locale.ROOT));
    }

    private static ReasoningEffort effort(String name) {
        return ReasoningEffort.of(name).orElseThrow();
    }

    private static Duration duration(String text) {
        return Durations.read(text).orElseThrow();
    }

    private static List<String> texts(JsonNode list) {
        return list.valueStream().map(JsonNode::textValue).toList();
    }

    private static <T> Map<String, T> entries(
            JsonNode object, BiFunction<String, JsonNode, T> build) {
        Map<String, T> entries = new LinkedHashMap<>();
        object.properties()
                .forEach(
                        entry ->
                                entries.put(
                                        entry.getKey(),
                                        build.apply(entry.getKey(), entry.getValue())));
        return entries;
    }
}
