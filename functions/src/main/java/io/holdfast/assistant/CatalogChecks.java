package io.holdfast.assistant;

import com.fasterxml.jackson.databind.JsonNode;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Finds what a schema cannot see: whether the parts of a file fit together.
 *
 * <p>Works on files that have other faults as well: what has the wrong form is passed over.
 */
final class CatalogChecks {
    /** A function lives 15 minutes; the last one is for what comes after the call. */
    private static final Duration LONGEST_CALL = Duration.ofMinutes(14);

    /** Whoever asks something waits for it before the answer begins. */
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(10);

    /** An execution of Step Functions lives a year, the turn before and after included. */
    private static final Duration LONGEST_WAIT = Duration.ofDays(300);

    /**
     * The least budget for reasoning is 1,024 tokens, and it must be less than the limit of the
     * answer ("Extended thinking", Amazon Bedrock User Guide).
     */
    private static final int LEAST_TOKENS_WITH_REASONING = 2048;

    /** What the HTTP client sets itself, or must not be lent to others. */
    private static final Set<String> RESERVED_HEADERS =
            Set.of(
                    "connection",
                    "content-length",
                    "content-type",
                    "expect",
                    "host",
                    "te",
                    "trailer",
                    "transfer-encoding",
                    "upgrade");

    private static final Set<String> SECRET_HEADERS =
            Set.of("authorization", "proxy-authorization", "cookie", "x-api-key");

    private final JsonNode file;
    private final JsonNode disabled;
    private final Faults faults;

    /** Checks this file. */
    CatalogChecks(YamlFile.Content file, Faults faults) {
        this.file = file.root();
        this.disabled = file.disabled();
        this.faults = faults;
    }

    /** Names every fault. */
    void check() {
        checkDefaultAssistant();
        each("/policies", this::checkPolicy);
        each("/assistants", this::checkAssistant);
        each("/tools", this::checkTool);
        each("/mcpServers", this::checkMcpServer);
        checkPrefixes();
        each("/subjects", this::checkSubject);
    }

    private interface Check {
        void check(String pointer, JsonNode json);
    }

    private void each(String section, Check check) {
        file.at(section)
                .properties()
                .forEach(
                        entry ->
                                check.check(
                                        Faults.pointer(section, entry.getKey()), entry.getValue()));
    }

    private void checkDefaultAssistant() {
        JsonNode assistants = file.path("assistants");
        String name = CatalogBuilder.defaultAssistant(file);
        if (file.has("defaultAssistant")) {
            if (!assistants.has(name)) {
                faults.add("/defaultAssistant", "must be one of " + known(assistants));
            }
        } else if (assistants.size() > 1 && !assistants.has(name)) {
            faults.add("", "lacks defaultAssistant: one of " + known(assistants));
        }
    }

    private void checkPolicy(String pointer, JsonNode policy) {
        checkDuration(pointer + "/approvalExpires", policy, LONGEST_WAIT, "300d");
        checkRules(pointer + "/everyone", policy.path("everyone"));
        policy.path("roles")
                .properties()
                .forEach(
                        role ->
                                checkRules(
                                        Faults.pointer(pointer + "/roles", role.getKey()),
                                        role.getValue()));
    }

    private void checkRules(String pointer, JsonNode rules) {
        List<String> order = List.of("low", "medium", "high");
        int runs = order.indexOf(rules.path("runs").asText("low"));
        int confirms = order.indexOf(rules.path("confirms").asText("high"));
        if (confirms >= 0 && confirms < runs) {
            faults.add(pointer + "/confirms", "must not be lower than runs");
        }
    }

    private void checkAssistant(String pointer, JsonNode assistant) {
        SystemPrompts.unknownPlaceholders(assistant.path("systemPrompt").asText(""))
                .forEach(
                        name ->
                                faults.add(
                                        pointer + "/systemPrompt",
                                        "has the unknown placeholder {{"
                                                + name
                                                + "}}; known are "
                                                + String.join(", ", SystemPrompts.PLACEHOLDERS)
                                                + "; write \\{{"
                                                + name
                                                + "}} for the text itself"));
        JsonNode policies = file.path("policies");
        String policy = assistant.path("policy").asText(CatalogBuilder.DEFAULT);
        if (!policy.equals(CatalogBuilder.DEFAULT) && !policies.has(policy)) {
            faults.add(
                    pointer + "/policy", "must be one of the policies: default" + others(policies));
        }
        JsonNode tools = assistant.path("tools");
        for (int i = 0; i < tools.size(); i++) {
            String pattern = tools.path(i).asText("");
            if (!matchesSomething(pattern)) {
                faults.add(
                        pointer + "/tools/" + i,
                        "is "
                                + pattern
                                + ", which no tool is called: correct it, or add such a tool");
            }
        }
        checkReasoning(pointer, assistant);
    }

    private void checkReasoning(String pointer, JsonNode assistant) {
        List<String> efforts = new ArrayList<>();
        efforts.add(assistant.path("reasoningEffort").asText("none"));
        assistant
                .path("overrides")
                .path("reasoningEfforts")
                .forEach(effort -> efforts.add(effort.asText()));
        boolean reasons = efforts.stream().anyMatch(effort -> !effort.equals("none"));
        int tokens = assistant.path("maxOutputTokens").asInt(8192);
        if (reasons && tokens < LEAST_TOKENS_WITH_REASONING) {
            faults.add(
                    pointer + "/maxOutputTokens",
                    "must be at least "
                            + LEAST_TOKENS_WITH_REASONING
                            + " for reasoning, which takes 1024 of them or more");
        }
    }

    /** A lone star is fine in any file; what is left out counts as being there. */
    private boolean matchesSomething(String pattern) {
        if (pattern.equals("*")) {
            return true;
        }
        for (JsonNode all : List.of(file, disabled)) {
            for (Map.Entry<String, JsonNode> tool : all.path("tools").properties()) {
                if (Wildcard.matches(pattern, tool.getKey())) {
                    return true;
                }
            }
            for (Map.Entry<String, JsonNode> server : all.path("mcpServers").properties()) {
                if (mayMatch(pattern, CatalogBuilder.prefix(server.getKey(), server.getValue()))) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether a pattern fits some name with a prefix. */
    private static boolean mayMatch(String pattern, String prefix) {
        return Wildcard.mayMatchBeginning(pattern, prefix) || prefix.contains("${");
    }

    private void checkTool(String pointer, JsonNode tool) {
        checkDuration(pointer + "/timeout", tool, LONGEST_CALL, "14m");
        checkUrl(pointer + "/url", tool.path("url"));
        checkHeaders(pointer + "/headers", tool.path("headers"));
        if (tool.has("input")) {
            InputSchemas.check(pointer + "/input", tool.path("input"), faults);
        }
        checkOperation(pointer + "/operation", tool.path("operation"));
        if (tool.path("kind").asText("").equals("http")) {
            checkUrl(pointer + "/operation/cancel", tool.path("operation").path("cancel"));
        }
    }

    private void checkOperation(String pointer, JsonNode operation) {
        checkDuration(pointer + "/heartbeat", operation, LONGEST_WAIT, "300d");
        checkDuration(pointer + "/timeout", operation, LONGEST_WAIT, "300d");
        Optional<Duration> heartbeat = Durations.read(operation.path("heartbeat").asText(""));
        Optional<Duration> timeout = Durations.read(operation.path("timeout").asText("1d"));
        if (heartbeat.isPresent()
                && timeout.isPresent()
                && heartbeat.get().compareTo(timeout.get()) > 0
                && heartbeat.get().compareTo(LONGEST_WAIT) <= 0) {
            faults.add(pointer + "/heartbeat", "must not be longer than timeout");
        }
    }

    private void checkMcpServer(String pointer, JsonNode server) {
        checkDuration(pointer + "/timeout", server, LONGEST_CALL, "14m");
        checkUrl(pointer + "/url", server.path("url"));
        checkHeaders(pointer + "/headers", server.path("headers"));
    }

    private void checkPrefixes() {
        Map<String, String> owners = new HashMap<>();
        each(
                "/mcpServers",
                (pointer, server) -> {
                    String name = pointer.substring("/mcpServers/".length());
                    String owner = owners.putIfAbsent(CatalogBuilder.prefix(name, server), name);
                    if (owner != null) {
                        faults.add(
                                pointer + "/prefix",
                                "must differ from that of " + owner + ", or tools share names");
                    }
                });
    }

    private void checkSubject(String pointer, JsonNode source) {
        checkDuration(pointer + "/timeout", source, LONGEST_LOOK, "10s");
        JsonNode url = source.path("url");
        if (url.isTextual()) {
            SubjectSource.fault(url.textValue())
                    .ifPresent(fault -> faults.add(pointer + "/url", fault));
        }
        checkHeaders(pointer + "/headers", source.path("headers"));
    }

    private void checkDuration(String pointer, JsonNode parent, Duration longest, String words) {
        String key = pointer.substring(pointer.lastIndexOf('/') + 1);
        Durations.read(parent.path(key).asText(""))
                .filter(duration -> duration.compareTo(longest) > 0)
                .ifPresent(
                        tooLong -> faults.add(pointer, "must be a duration from 1s to " + words));
    }

    private void checkUrl(String pointer, JsonNode url) {
        if (url.isTextual()) {
            Urls.fault(url.textValue()).ifPresent(fault -> faults.add(pointer, fault));
        }
    }

    private void checkHeaders(String pointer, JsonNode headers) {
        Map<String, String> seen = new HashMap<>();
        headers.properties()
                .forEach(
                        header -> {
                            String at = Faults.pointer(pointer, header.getKey());
                            String name = header.getKey().toLowerCase(Locale.ROOT);
                            if (RESERVED_HEADERS.contains(name)) {
                                faults.add(at, "is set by the client itself: remove it");
                            }
                            if (SECRET_HEADERS.contains(name) && header.getValue().isTextual()) {
                                faults.add(
                                        at,
                                        "must refer to a secret, for example { secret:"
                                                + " \"env:NAME\" }");
                            }
                            if (seen.put(name, at) != null) {
                                faults.add(at, "is there twice, in another spelling: remove one");
                            }
                        });
    }

    private static String others(JsonNode policies) {
        StringBuilder names = new StringBuilder();
        policies.fieldNames().forEachRemaining(name -> names.append(", ").append(name));
        return names.toString();
    }

    private static String known(JsonNode object) {
        List<String> names = new ArrayList<>();
        object.fieldNames().forEachRemaining(names::add);
        return String.join(", ", names);
    }
}
