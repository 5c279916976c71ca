package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Assistant;
import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.ToolConfig;
import io.holdfast.assistant.ToolKind;

import org.jspecify.annotations.Nullable;

import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** All tools of a catalog: which an assistant is offered, and what the policy says of a call. */
public final class Toolbox {
    private final Map<String, Tool> configured = new TreeMap<>();
    private final Schemas schemas = new Schemas();

    /**
     * The tools of a catalog.
     *
     * @throws IllegalArgumentException if the catalog names a built-in tool that there is not
     */
    public Toolbox(Catalog catalog, ToolClients clients) {
        Supplier<HttpClient> client = GuardedHttp.lazyClient();
        Kinds kinds =
                new Kinds(
                        clients,
                        new Backoff(clients.clock(), clients.pause(), clients.random()),
                        new GuardedHttp(client, AddressGuard.SYSTEM),
                        new Services(clients.clock(), clients.pause(), clients.sessions(), client),
                        clients.builtins().stream()
                                .collect(Collectors.toMap(BuiltinTool::name, Function.identity())));
        catalog.tools().forEach((name, tool) -> configured.put(name, kinds.tool(tool)));
    }

    /**
     * What an assistant is offered for a caller of these roles, by name: the order is always the
     * same, because prompts are cached by what they begin with.
     */
    public List<ToolSpec> offered(Assistant assistant, Set<String> roles) {
        Map<String, ToolSpec> offered = new TreeMap<>();
        for (Tool tool : usable(assistant)) {
            ToolSpec spec = tool.spec();
            switch (verdict(assistant, roles, spec)) {
                case Verdict.Run run -> offered.put(spec.name(), spec);
                case Verdict.Ask ask -> offered.put(spec.name(), spec);
                case Verdict.Deny deny -> {}
            }
        }
        return List.copyOf(offered.values());
    }

    /** The tool of a name, if there is one that the assistant may use; the policy comes apart. */
    public Optional<Tool> find(Assistant assistant, String name) {
        if (!Globs.anyMatches(assistant.tools(), name)) {
            return Optional.empty();
        }
        return Optional.ofNullable(configured.get(name));
    }

    /** What the assistant's policy says of a tool for a caller of these roles. */
    public Verdict verdict(Assistant assistant, Set<String> roles, ToolSpec spec) {
        return Verdicts.of(assistant.policy(), roles, spec);
    }

    /** Checks what a model sent for a tool by the tool's schema; absent counts as empty. */
    public Input check(ToolSpec spec, @Nullable JsonNode rawInput) {
        return schemas.check(spec, rawInput);
    }

    private List<Tool> usable(Assistant assistant) {
        return configured.values().stream()
                .filter(tool -> Globs.anyMatches(assistant.tools(), tool.spec().name()))
                .toList();
    }

    /** Makes tools of what is configured. */
    private record Kinds(
            ToolClients clients,
            Backoff backoff,
            GuardedHttp http,
            Services services,
            Map<String, BuiltinTool> builtins) {

        Tool tool(ToolConfig config) {
            return switch (config.kind()) {
                case ToolKind.Builtin(String name, ObjectNode settings) -> {
                    BuiltinTool builtin = builtin(config, name);
                    yield new ConfiguredBuiltin(
                            spec(config, builtin.description(), builtin.input()),
                            builtin,
                            settings,
                            services);
                }
                case ToolKind.Lambda(String function) ->
                        new LambdaTool(spec(config), function, clients.lambda(), backoff);
                case ToolKind.Http kind ->
                        new HttpTool(spec(config), kind, http, clients.secrets(), backoff);
            };
        }

        private BuiltinTool builtin(ToolConfig config, String name) {
            BuiltinTool builtin = builtins.get(name);
            if (builtin == null) {
                throw new IllegalArgumentException(
                        "The tool %s names the built-in %s; there are %s"
                                .formatted(
                                        config.name(),
                                        name,
                                        new ArrayList<>(new TreeMap<>(builtins).keySet())));
            }
            return builtin;
        }

        private static ToolSpec spec(ToolConfig config) {
            return spec(config, "", config.input());
        }

        private static ToolSpec spec(ToolConfig config, String description, ObjectNode input) {
            return new ToolSpec(
                    config.name(),
                    config.description().isBlank() ? description : config.description(),
                    config.risk(),
                    input,
                    config.timeout(),
                    false);
        }
    }
}
