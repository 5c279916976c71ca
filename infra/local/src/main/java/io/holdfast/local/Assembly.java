package io.holdfast.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.bedrock.BedrockServer;
import io.holdfast.local.bedrock.ModelBackend;
import io.holdfast.local.bedrock.ModelChoice;
import io.holdfast.local.bedrock.OpenAiModel;
import io.holdfast.local.bedrock.ScriptModel;
import io.holdfast.local.dynamo.DynamoServer;
import io.holdfast.local.dynamo.Tables;
import io.holdfast.local.gateway.Gateway;
import io.holdfast.local.gateway.LocalResponse;
import io.holdfast.local.gateway.LocalRoute;
import io.holdfast.local.gateway.StaticFiles;
import io.holdfast.local.lambda.FunctionHost;
import io.holdfast.local.lambda.FunctionStatus;
import io.holdfast.local.lambda.LambdaServer;
import io.holdfast.local.mcp.McpEverything;
import io.holdfast.local.mcp.McpRoutes;
import io.holdfast.local.outside.OutsideService;
import io.holdfast.local.outside.WebhookSecret;
import io.holdfast.local.process.FreePort;
import io.holdfast.local.redis.RedisProcess;
import io.holdfast.local.scheduler.Scheduler;
import io.holdfast.local.scheduler.SchedulerServer;
import io.holdfast.local.sqs.QueueMapping;
import io.holdfast.local.sqs.QueueServer;
import io.holdfast.local.sqs.Queues;
import io.holdfast.local.states.HttpTaskIntegrations;
import io.holdfast.local.states.StatesEngine;
import io.holdfast.local.states.StatesServer;
import io.holdfast.local.states.StatesSettings;
import io.holdfast.local.states.language.InvalidDefinitionException;
import io.holdfast.local.template.Addresses;
import io.holdfast.local.template.Model;
import io.holdfast.local.template.Pseudo;
import io.holdfast.local.template.Resource;
import io.holdfast.local.template.Template;
import io.holdfast.local.tokens.LocalIssuer;
import io.holdfast.local.tokens.TokenRoutes;
import io.holdfast.local.tools.ExperimentRoutes;
import io.holdfast.local.tools.ToolRoutes;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.sqs.SqsClient;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Puts the system together.
 *
 * <p>The gateway comes first: its port is in the values of the template, and a port that is taken
 * should be told of at once. What comes in before the functions are ready waits for them.
 */
final class Assembly {
    private static final String ASSISTANTS_CONFIG = "ASSISTANTS_CONFIG";

    private static final String WEBHOOK_SECRETS = "WebhookSecrets";

    private final LocalSettings settings;
    private final WebhookSecret webhookSecret;
    private final Parts parts;
    private final Consumer<String> progress;
    private final CompletableFuture<FunctionHost> functions = new CompletableFuture<>();
    private final CompletableFuture<LocalIssuer> issuer = new CompletableFuture<>();
    private final CompletableFuture<Map<String, URI>> endpoints = new CompletableFuture<>();

    Assembly(LocalSettings settings, Parts parts, Consumer<String> progress) {
        this.settings = settings;
        this.webhookSecret = webhookSecret(settings);
        this.parts = parts;
        this.progress = progress;
    }

    LocalSystem run() {
        try {
            return start();
        } catch (RuntimeException e) {
            // Whoever waits for the system must not wait for ever.
            functions.completeExceptionally(e);
            issuer.completeExceptionally(e);
            endpoints.completeExceptionally(e);
            throw e;
        }
    }

    private LocalSystem start() {
        // Every fault of the template shows before anything starts; only addresses are missing.
        Model plan = template(URI.create("http://127.0.0.1")).model(Addresses.unknown());
        plan.warnings().forEach(progress);

        Optional<McpEverything> mcp = mcp(plan);
        Gateway gateway = parts.begin("gateway", () -> gateway(plan, mcp)).join();
        mcp.ifPresent(this::startBeside);
        var redis = parts.begin("redis", () -> RedisProcess.start(redisSettings()));
        var dynamo = parts.begin("dynamodb", () -> DynamoServer.start(0, dataDir("dynamodb")));
        var tables = dynamo.thenCompose(server -> parts.work("tables", () -> tables(plan, server)));
        // Its port is chosen here, so that others can be told of it while it starts.
        int sqsPort = FreePort.find(new SecureRandom());
        URI sqsUrl = URI.create("http://127.0.0.1:" + sqsPort);
        var sqs = parts.begin("sqs", () -> QueueServer.start(sqsPort));
        var queues = sqs.thenCompose(server -> parts.work("queues", () -> queues(plan, server)));
        SqsClient sqsClient = parts.keep(LocalClients.sqs(sqsUrl));
        var lambda =
                parts.begin(
                        "lambda",
                        () ->
                                LambdaServer.start(
                                        0,
                                        functions::join,
                                        (queue, event) -> bury(sqsClient, sqsUrl, queue, event)));
        var bedrock = bedrock();
        var key = parts.work("token key", () -> LocalIssuer.key(settings.dataDir()));
        URI lambdaUrl = lambda.join().url();
        StatesEngine engine =
                new StatesEngine(
                        StatesSettings.defaults(),
                        parts.keep(new HttpTaskIntegrations(lambdaUrl, sqsUrl)));
        StatesServer states = parts.begin("states", () -> StatesServer.start(0, engine)).join();

        SchedulerServer.Services services =
                new SchedulerServer.Services(
                        parts.keep(LocalClients.lambda(lambdaUrl)),
                        parts.keep(LocalClients.states(states.url())),
                        sqsClient,
                        sqsUrl);
        var scheduler =
                parts.begin(
                        "scheduler",
                        () ->
                                SchedulerServer.start(
                                        0, services, InstantSource.system(), new SecureRandom()));

        Map<String, URI> urls = new HashMap<>();
        urls.put("lambda", lambdaUrl);
        urls.put("states", states.url());
        urls.put("sqs", sqsUrl);
        urls.put("scheduler", scheduler.join().url());
        urls.put("dynamodb", dynamo.join().url());
        bedrock.join().ifPresent(url -> urls.put("bedrock", url));
        mcp.ifPresent(server -> urls.put("mcp", server.url()));
        if (!plan.all(Resource.WebSocketApi.class).isEmpty()) {
            urls.put("connections", gateway.connectionsUrl());
        }
        issuer.complete(
                new LocalIssuer(key.join(), issuerUrl(gateway.url()), InstantSource.system()));

        URI cache = redis.join().url();
        Model model =
                template(gateway.url())
                        .model(
                                new Addresses(
                                        gateway.url(), sqsUrl, cache.getHost(), cache.getPort()));
        createStateMachines(model, engine);
        tables.join();
        functions.complete(
                parts.begin("functions", () -> functions(model, gateway.url(), urls)).join());
        queues.join();
        for (Resource.EventSourceMapping mapping : model.all(Resource.EventSourceMapping.class)) {
            parts.keep(QueueMapping.start(mapping, sqsUrl, services.sqs(), functions.join()));
        }
        TemplateSchedules.create(model, scheduler.join().scheduler());
        keepSchedules(scheduler.join().scheduler());
        urls.put("cache", cache);
        endpoints.complete(urls);
        functions.join().warm();
        return new LocalSystem(parts, gateway, urls);
    }

    private static void bury(SqsClient sqs, URI sqsUrl, String queueArn, byte[] event) {
        String queue = queueArn.substring(queueArn.lastIndexOf(':') + 1);
        sqs.sendMessage(
                b ->
                        b.queueUrl(sqsUrl + "/" + Pseudo.ACCOUNT + "/" + queue)
                                .messageBody(new String(event, StandardCharsets.UTF_8)));
    }

    private FunctionHost functions(Model model, URI gateway, Map<String, URI> urls) {
        List<Resource.Function> declared = model.all(Resource.Function.class);
        Map<String, String> shared = FunctionEnvironment.shared(settings, gateway, urls);
        return settings.isolate()
                ? FunctionHost.startIsolated(declared, shared)
                : FunctionHost.start(declared, shared);
    }

    private void keepSchedules(Scheduler scheduler) {
        Path file = dataDir("schedules.json");
        if (file != null) {
            try {
                scheduler.keepIn(file);
            } catch (IllegalArgumentException notOurs) {
                throw new StartException("", notOurs);
            }
        }
    }

    private static void createStateMachines(Model model, StatesEngine engine) {
        for (Resource.StateMachine machine : model.all(Resource.StateMachine.class)) {
            try {
                engine.createStateMachine(machine.name(), machine.definition());
            } catch (InvalidDefinitionException e) {
                throw new StartException(machine.logicalId() + ": ", e);
            }
        }
    }

    private Template template(URI gateway) {
        Map<String, String> local = new HashMap<>();
        local.put("VpcId", "vpc-local");
        local.put("SubnetIds", "subnet-local-a,subnet-local-b");
        local.put("CacheScheme", "redis");
        local.put("JwtIssuer", issuerUrl(gateway).toString());
        local.put("JwtJwksUrl", issuerUrl(gateway) + "/.well-known/jwks.json");
        local.put("AssistantsConfig", rehearsal().toString());
        local.put("Rehearsal", "true");
        local.put("AnonymousUse", "true");
        // Tests ask as fast as they can.
        local.put("RequestsPerSecond", "2000");
        local.put(WEBHOOK_SECRETS, webhookSecret.text());
        switch (settings.model()) {
            case ModelChoice.Script() -> local.put("ModelId", "script");
            case ModelChoice.OpenAi(URI ignored, String model) when model != null ->
                    local.put("ModelId", model);
            case ModelChoice.OpenAi ignored -> {}
            case ModelChoice.Bedrock() -> {}
        }
        return Template.parse(settings.template(), settings.parameters(), local);
    }

    /** The first of the caller's own secrets; else a new one. */
    private static WebhookSecret webhookSecret(LocalSettings settings) {
        String given = settings.parameters().getOrDefault(WEBHOOK_SECRETS, "").strip();
        return given.isEmpty()
                ? WebhookSecret.random(new SecureRandom())
                : new WebhookSecret(given.split(",", 2)[0].strip());
    }

    private static URI issuerUrl(URI gateway) {
        return gateway.resolve("/local");
    }

    /** The assistants and tools of the local system. */
    private URI rehearsal() {
        return settings.root().resolve("infra/local/rehearsal.yaml").toUri();
    }

    /** The MCP server, where assistants are configured and it can run. */
    private Optional<McpEverything> mcp(Model plan) {
        if (plan.all(Resource.Function.class).stream()
                .noneMatch(function -> function.environment().containsKey(ASSISTANTS_CONFIG))) {
            return Optional.empty();
        }
        String path = System.getenv("PATH");
        return switch (McpEverything.find(
                settings.root().resolve("web"), path == null ? "" : path)) {
            case McpEverything.Found.Ready(McpEverything server) -> Optional.of(parts.keep(server));
            case McpEverything.Found.LeftOut(String reason) -> {
                progress.accept("The MCP server is left out: " + reason + ".");
                yield Optional.empty();
            }
        };
    }

    /** Nothing waits for it: whoever calls its tools finds it when it is there. */
    private void startBeside(McpEverything server) {
        parts.work(
                        "mcp",
                        () -> {
                            server.start();
                            return null;
                        })
                .exceptionally(
                        e -> {
                            progress.accept("The MCP server does not run: " + e.getMessage());
                            return null;
                        });
    }

    private Gateway gateway(Model plan, Optional<McpEverything> mcp) {
        List<LocalRoute> routes = new ArrayList<>(TokenRoutes.of(issuer::join));
        routes.add(new LocalRoute("GET", "/local/endpoints", request -> listEndpoints()));
        routes.add(new LocalRoute("GET", "/local/functions", request -> listFunctions()));
        routes.add(ToolRoutes.route());
        routes.add(ExperimentRoutes.route());
        routes.addAll(
                parts.keep(
                                new OutsideService(
                                        webhookSecret, InstantSource.system(), new SecureRandom()))
                        .routes());
        mcp.ifPresent(server -> routes.addAll(McpRoutes.of(server)));
        Path page = settings.root().resolve("web/dist/page");
        routes.add(new LocalRoute("GET", "/", new StaticFiles(page)));
        return Gateway.start(
                GatewayPlan.settings(settings.port(), settings.gateway(), plan),
                (name, event) -> functions.join().invoke(name, event),
                routes);
    }

    private LocalResponse listEndpoints() {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        new TreeMap<>(endpoints.join()).forEach((name, url) -> answer.put(name, url.toString()));
        return LocalResponse.json(200, answer.toString());
    }

    private LocalResponse listFunctions() {
        ArrayNode answer = JsonNodeFactory.instance.arrayNode();
        for (FunctionStatus status : functions.join().status()) {
            ObjectNode entry = answer.addObject().put("name", status.name());
            if (status.pid() != null) {
                entry.put("pid", status.pid());
            }
            entry.put("inFlight", status.inFlight());
            if (status.standby() != null) {
                entry.put("standby", status.standby());
            }
        }
        return LocalResponse.json(200, answer.toString());
    }

    private RedisProcess.Settings redisSettings() {
        Path directory = dataDir("redis");
        return directory == null
                ? RedisProcess.Settings.IN_MEMORY
                : RedisProcess.Settings.in(directory);
    }

    private static Void tables(Model plan, DynamoServer dynamo) {
        try (var client = LocalClients.dynamoDb(dynamo.url())) {
            Tables tables = new Tables(client);
            plan.all(Resource.Table.class).forEach(tables::create);
        }
        return null;
    }

    private static Void queues(Model plan, QueueServer sqs) {
        List<Resource.Queue> queues = plan.all(Resource.Queue.class);
        if (!queues.isEmpty()) {
            try (var client = LocalClients.sqs(sqs.url())) {
                new Queues(client).create(queues);
            }
        }
        return null;
    }

    /** Where the stand-in for Bedrock is; there is none when the real service answers. */
    private CompletableFuture<Optional<URI>> bedrock() {
        ModelBackend model =
                switch (settings.model()) {
                    case ModelChoice.Script() -> new ScriptModel();
                    case ModelChoice.OpenAi(URI server, String name) ->
                            new OpenAiModel(server, name, settings.modelKey());
                    case ModelChoice.Bedrock() -> null;
                };
        return model == null
                ? CompletableFuture.completedFuture(Optional.empty())
                : parts.begin("bedrock", () -> BedrockServer.start(0, model))
                        .thenApply(server -> Optional.of(server.url()));
    }

    private @Nullable Path dataDir(String part) {
        Path directory = settings.dataDir();
        return directory == null ? null : directory.resolve(part);
    }
}
