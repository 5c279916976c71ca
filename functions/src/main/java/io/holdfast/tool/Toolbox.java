package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Assistant;
import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.McpServer;
import io.holdfast.assistant.ToolConfig;
import io.holdfast.assistant.ToolKind;
import io.holdfast.assistant.Wildcard;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;

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
import java.util.stream.Stream;

/** All tools of a catalog: which an assistant is offered, and what the policy says of a call. */
public final class Toolbox {
    private final Map<String, Tool> configured = new TreeMap<>();

    /** By the name of the tool. */
    private final Map<String, ConfiguredStep> steps = new TreeMap<>();

    private final McpServers mcpServers;
    private final SubjectReader subjects;
    private final Schemas schemas = new Schemas();

    /**
     * The tools of a catalog.
     *
     * @throws IllegalArgumentException if the catalog names a built-in tool or a step that there is
     *     not
     */
    public Toolbox(Catalog catalog, ToolClients clients) {
        this(catalog, clients, AddressGuard.SYSTEM);
    }

    Toolbox(Catalog catalog, ToolClients clients, AddressGuard guard) {
        Supplier<HttpClient> client = GuardedHttp.lazyClient();
        Backoff backoff = new Backoff(clients.clock(), clients.pause(), clients.random());
        GuardedHttp http = new GuardedHttp(client, guard);
        Kinds kinds =
                new Kinds(
                        clients,
                        backoff,
                        http,
                        new Services(clients.clock(), clients.pause(), clients.record(), client),
                        clients.builtins().stream()
                                .collect(Collectors.toMap(BuiltinTool::name, Function.identity())),
                        clients.steps().stream()
                                .collect(Collectors.toMap(ResultStep::name, Function.identity())));
        catalog.tools()
                .forEach(
                        (name, config) -> {
                            Tool tool = kinds.tool(config);
                            Optional<ConfiguredStep> step = kinds.step(config);
                            step.ifPresent(found -> steps.put(name, found));
                            configured.put(name, finished(tool, step));
                        });
        subjects = new SubjectReader(catalog.subjects(), clients.secrets(), http, backoff);
        mcpServers = new McpServers(catalog.mcpServers(), clients.secrets(), guard, backoff);
    }

    /** The result of an operation comes later: see {@link #finish}. */
    private static Tool finished(Tool tool, Optional<ConfiguredStep> step) {
        return step.isEmpty() || tool instanceof OperationTool
                ? tool
                : new FinishedTool(tool, step.get());
    }

    /**
     * What an assistant is offered for a caller of these roles, by name: the order is always the
     * same, because prompts are cached by what they begin with.
     */
    public List<ToolSpec> offered(Assistant assistant, Set<String> roles) {
        return menu(assistant, roles).items().stream().map(Offer::spec).toList();
    }

    /** The same, with what a human must confirm, and the servers that do not answer in 3 s. */
    public Menu<Offer> menu(Assistant assistant, Set<String> roles) {
        Menu<Tool> usable = usable(assistant);
        List<Offer> offered = new ArrayList<>();
        for (Tool tool : usable.items()) {
            ToolSpec spec = tool.spec();
            switch (verdict(assistant, roles, spec)) {
                case Verdict.Run run -> offered.add(new Offer(spec, false));
                case Verdict.Ask ask -> offered.add(new Offer(spec, true));
                case Verdict.Deny deny -> {}
            }
        }
        return new Menu<>(offered, usable.silent());
    }

    /** The prompts of all MCP servers, and the servers that do not answer in 10 s. */
    public Menu<Prompt> prompts() throws InterruptedException {
        return mcpServers.prompts();
    }

    /** What the prompt of a name says, in 20 s. */
    public PromptAnswer prompt(String name, Map<String, String> arguments)
            throws InterruptedException {
        return mcpServers.prompt(name, arguments);
    }

    /** The tool of a name, if there is one that the assistant may use; the policy comes apart. */
    public Optional<Tool> find(Assistant assistant, String name) {
        if (!Wildcard.matchesAny(assistant.tools(), name)) {
            return Optional.empty();
        }
        Tool own = configured.get(name);
        return own == null ? mcpServers.find(name) : Optional.of(own);
    }

    /** How the work of a tool is begun, if the assistant may use it and it is an operation. */
    public Optional<OperationStart> start(Assistant assistant, String name) {
        return find(assistant, name).map(Toolbox::start);
    }

    private static @Nullable OperationStart start(Tool tool) {
        return tool instanceof OperationTool operation ? operation.start() : null;
    }

    /**
     * Does with an operation's result what its tool's configuration says before it is stored: what
     * is stored in its place, or with which words the call fails. The result stays as it is if
     * there is nothing to do, or no such tool any more. What is thrown passes or is a bug: it may
     * be called again.
     *
     * <p>What the assistant may use does not matter by now: the work has been done for it.
     */
    public ToolResult finish(ToolCall call, String toolName, JsonNode result)
            throws InterruptedException {
        ConfiguredStep step = steps.get(toolName);
        return step == null ? new ToolResult.Success(result) : step.apply(call, result);
    }

    /**
     * Texts of MCP resources and prompts that belong into the assistant's system prompt, of 20,000
     * characters each at most: those of the servers whose tools it may use.
     */
    public List<String> words(Assistant assistant) {
        return mcpServers.words(server -> mayUse(assistant, server));
    }

    /** How a subject of a user's session is now, as the source of its kind says it. */
    public SubjectState subject(String subject, UserId user, SessionId session) {
        return subjects.read(subject, user, session);
    }

    /** What the assistant's policy says of a tool for a caller of these roles. */
    public Verdict verdict(Assistant assistant, Set<String> roles, ToolSpec spec) {
        return Verdicts.of(assistant.policy(), roles, spec);
    }

    /** Checks what a model sent for a tool by the tool's schema; absent counts as empty. */
    public Input check(ToolSpec spec, @Nullable JsonNode rawInput) {
        return schemas.check(spec, rawInput);
    }

    /** Configured tools first: they keep their names if a server claims the same. */
    private Menu<Tool> usable(Assistant assistant) {
        Map<String, Tool> usable = new TreeMap<>();
        Menu<Tool> served = mcpServers.menu(server -> mayUse(assistant, server));
        Stream.concat(configured.values().stream(), served.items().stream())
                .filter(tool -> Wildcard.matchesAny(assistant.tools(), tool.spec().name()))
                .forEach(tool -> usable.putIfAbsent(tool.spec().name(), tool));
        return new Menu<>(List.copyOf(usable.values()), served.silent());
    }

    /** A server that no pattern can mean is not even asked. */
    private static boolean mayUse(Assistant assistant, McpServer server) {
        return assistant.tools().stream()
                .anyMatch(
                        pattern ->
                                Wildcard.mayMatchBeginning(
                                        pattern, McpNames.clean(server.prefix())));
    }

    /** Makes tools of what is configured. */
    private record Kinds(
            ToolClients clients,
            Backoff backoff,
            GuardedHttp http,
            Services services,
            Map<String, BuiltinTool> builtins,
            Map<String, ResultStep> steps) {

        Tool tool(ToolConfig config) {
            return switch (config.kind()) {
                case ToolKind.Builtin(String name, ObjectNode settings) -> {
                    BuiltinTool builtin = named(config, "built-in", name, builtins);
                    yield new ConfiguredBuiltin(
                            spec(config, builtin.description(), builtin.input()),
                            builtin,
                            settings,
                            services);
                }
                case ToolKind.Lambda(String name) -> {
                    ToolSpec spec = spec(config);
                    LambdaFunction function = function(spec, name);
                    yield spec.operation() == null
                            ? new LambdaTool(spec, function)
                            : new OperationTool(
                                    spec,
                                    new LambdaOperation(
                                            spec,
                                            function,
                                            cancels(config, cancel -> function(spec, cancel))));
                }
                case ToolKind.Http kind -> {
                    ToolSpec spec = spec(config);
                    HttpEndpoint endpoint = endpoint(spec, kind);
                    yield spec.operation() == null
                            ? new HttpTool(spec, endpoint)
                            : new OperationTool(
                                    spec,
                                    new HttpOperation(
                                            spec,
                                            endpoint,
                                            cancels(
                                                    config,
                                                    url ->
                                                            endpoint(
                                                                    spec,
                                                                    HttpOperation.cancels(
                                                                            kind, url)))));
                }
            };
        }

        private static <T> @Nullable T cancels(ToolConfig config, Function<String, T> make) {
            return config.cancel() == null ? null : make.apply(config.cancel());
        }

        /** What is done with the tool's results before they are stored. */
        Optional<ConfiguredStep> step(ToolConfig config) {
            return Optional.ofNullable(config.result())
                    .map(
                            result ->
                                    new ConfiguredStep(
                                            named(config, "step", result.step(), steps),
                                            result.settings(),
                                            services));
        }

        private LambdaFunction function(ToolSpec spec, String name) {
            return new LambdaFunction(spec, name, clients.lambda(), backoff);
        }

        private HttpEndpoint endpoint(ToolSpec spec, ToolKind.Http kind) {
            return new HttpEndpoint(spec, kind, http, clients.secrets(), backoff);
        }

        private static <T> T named(
                ToolConfig config, String what, String name, Map<String, T> there) {
            T found = there.get(name);
            if (found == null) {
                throw new IllegalArgumentException(
                        "The tool %s names the %s %s; there are %s"
                                .formatted(
                                        config.name(),
                                        what,
                                        name,
                                        new ArrayList<>(new TreeMap<>(there).keySet())));
            }
            return found;
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
                    false,
                    config.operation());
        }
    }
}
