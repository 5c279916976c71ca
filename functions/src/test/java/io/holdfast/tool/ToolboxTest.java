package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Assistant;
import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.ContextLimits;
import io.holdfast.assistant.McpServer;
import io.holdfast.assistant.OnBusy;
import io.holdfast.assistant.OperationConfig;
import io.holdfast.assistant.Overrides;
import io.holdfast.assistant.Policy;
import io.holdfast.assistant.Prices;
import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.assistant.ResultConfig;
import io.holdfast.assistant.Risk;
import io.holdfast.assistant.ToolConfig;
import io.holdfast.assistant.ToolKind;
import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.RecordTable;
import io.holdfast.tool.OperationStart.Told;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.lambda.LambdaClient;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.stream.Collectors;

@Timeout(30)
class ToolboxTest {
    private static final OperationConfig OPERATION =
            new OperationConfig(
                    OperationConfig.Mode.DETACH, Duration.ofMinutes(5), Duration.ofDays(1));
    private static final ResultConfig KEEP =
            new ResultConfig("rehearsal_keep", Json.object().put("words", "full "));

    private final TestMcpServer server =
            new TestMcpServer()
                    .tool("echo", call -> TestMcpServer.text("from the server"))
                    .tool("zip", call -> TestMcpServer.text("zipped"));

    private final Toolbox toolbox =
            toolbox(
                    List.of(
                            tool("wait", Risk.LOW, "rehearsal_wait"),
                            tool("echo", Risk.LOW, "rehearsal_echo"),
                            tool("transfer", Risk.HIGH, "rehearsal_transfer"),
                            tool("calculator", Risk.LOW, "calculator")));

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void offersWhatPatternsAndPolicyAllowByName() {
        assertThat(offered(assistant(List.of("*")), "user"))
                .containsExactly("calculator", "echo", "wait", "zip");
        assertThat(offered(assistant(List.of("*")), "admin"))
                .containsExactly("calculator", "echo", "transfer", "wait", "zip");
        assertThat(offered(assistant(List.of("c*", "z*")), "user"))
                .containsExactly("calculator", "zip");
        assertThat(offered(assistant(List.of()), "admin")).isEmpty();
    }

    @Test
    void asksNoServerThatNoPatternMeans() {
        assertThat(offered(assistant(List.of()), "admin")).isEmpty();
        assertThat(toolbox.find(assistant(List.of()), "zip")).isEmpty();
        assertThat(server.listings).hasValue(0);
    }

    @Test
    void aConfiguredToolKeepsItsName() throws Exception {
        Tool echo = toolbox.find(assistant(List.of("*")), "echo").orElseThrow();
        assertThat(Calls.output(echo.run(Calls.of("{'value':1}"), Progress.NONE)))
                .isEqualTo(Calls.json("{'value':1}"));
        Tool zip = toolbox.find(assistant(List.of("*")), "zip").orElseThrow();
        assertThat(Calls.output(zip.run(Calls.of("{}"), Progress.NONE)).textValue())
                .isEqualTo("zipped");
    }

    @Test
    void anOperationIsOfferedAndStartedButNotRun() {
        ToolConfig report = configured("report", new ToolKind.Lambda("f"), OPERATION);
        ToolConfig research =
                configured(
                        "research",
                        new ToolKind.Http(URI.create("http://h/"), Map.of(), true, 1_000, 0),
                        OPERATION);
        ToolConfig plain = configured("plain", new ToolKind.Lambda("f"), null);
        Toolbox operations = toolbox(List.of(report, research, plain));
        Assistant all = assistant(List.of("*"));

        assertThat(operations.offered(all, Set.of()))
                .filteredOn(spec -> OPERATION.equals(spec.operation()))
                .extracting(ToolSpec::name)
                .containsExactly("report", "research");
        assertThat(operations.start(all, "report")).containsInstanceOf(LambdaOperation.class);
        assertThat(operations.start(all, "research")).containsInstanceOf(HttpOperation.class);
        assertThat(operations.start(all, "plain")).isEmpty();
        assertThat(operations.start(all, "unknown")).isEmpty();
        assertThat(operations.start(assistant(List.of("plain")), "report")).isEmpty();
        Tool tool = operations.find(all, "report").orElseThrow();
        assertThatThrownBy(() -> tool.run(Calls.of("{}"), Progress.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("report");
    }

    private static ToolConfig configured(
            String name, ToolKind kind, @Nullable OperationConfig operation) {
        return configured(name, kind, operation, null, null);
    }

    private static ToolConfig configured(
            String name,
            ToolKind kind,
            @Nullable OperationConfig operation,
            @Nullable String cancel,
            @Nullable ResultConfig result) {
        return new ToolConfig(
                name,
                "does it",
                Risk.LOW,
                Json.object(),
                Calls.TIMEOUT,
                kind,
                operation,
                cancel,
                result);
    }

    @Test
    void anOperationIsCalledOffWhereTheConfigurationSays() throws Exception {
        try (TestServer service = new TestServer()) {
            service.on("/", exchange -> TestServer.answer(exchange, 204, "", ""));
            ToolKind kind = new ToolKind.Http(service.url("/jobs"), Map.of(), true, 1_000, 0);
            String url = service.url("/jobs/cancel").toString();
            Toolbox operations =
                    toolbox(
                            List.of(
                                    configured("told", kind, OPERATION, url, null),
                                    configured("deaf", kind, OPERATION, null, null)));
            assertThat(cancel(operations, "told")).isEqualTo(new Told.Done());
            assertThat(cancel(operations, "deaf")).isEqualTo(new Told.NotConfigured());
            assertThat(service.requests)
                    .extracting(TestServer.Request::path)
                    .containsExactly("/jobs/cancel");
        }
    }

    private static Told cancel(Toolbox operations, String tool) throws InterruptedException {
        return operations
                .start(assistant(List.of("*")), tool)
                .orElseThrow()
                .cancel(
                        new OperationId("operation-1"),
                        "key-1",
                        "cancelled",
                        Instant.now().plus(Calls.TIMEOUT));
    }

    @Test
    void aStepsAnswerStandsInPlaceOfAToolsResult() throws Exception {
        Toolbox stepped = toolbox(List.of(kept("echo", "rehearsal_echo")));
        Tool echo = stepped.find(assistant(List.of("*")), "echo").orElseThrow();
        assertThat(Calls.output(echo.run(Calls.of("{'value':1}"), Progress.NONE)))
                .isEqualTo(Calls.json("{'kept':{'value':1},'key':'key-1'}"));
        assertThat(echo.spec().name()).isEqualTo("echo");
    }

    @Test
    void aFailureIsNoResultForAStep() throws Exception {
        Toolbox stepped = toolbox(List.of(kept("fail", "rehearsal_fail")));
        Tool fail = stepped.find(assistant(List.of("*")), "fail").orElseThrow();
        assertThat(Calls.failure(fail.run(Calls.of("{'message':'no'}"), Progress.NONE)))
                .isEqualTo("no");
    }

    @Test
    void aStepThatFailsFailsTheCall() throws Exception {
        try (TestServer service = new TestServer()) {
            service.on(
                    "/",
                    exchange ->
                            TestServer.answer(
                                    exchange,
                                    200,
                                    "application/json",
                                    "{\"unkeepable\":\"no room\"}"));
            ToolKind kind = new ToolKind.Http(service.url("/"), Map.of(), true, 1_000, 0);
            Toolbox stepped = toolbox(List.of(configured("file", kind, null, null, KEEP)));
            Tool file = stepped.find(assistant(List.of("*")), "file").orElseThrow();
            assertThat(Calls.failure(file.run(Calls.of("{}"), Progress.NONE)))
                    .isEqualTo("It could not be kept: no room");
        }
    }

    @Test
    void whatAStepThrowsIsNoFailureOfTheCall() {
        Toolbox stepped =
                toolbox(
                        List.of(kept("echo", "rehearsal_echo")),
                        List.of(
                                step(
                                        (call, settings) -> {
                                            throw new IllegalStateException("for now");
                                        })));
        Tool echo = stepped.find(assistant(List.of("*")), "echo").orElseThrow();
        assertThatThrownBy(() -> echo.run(Calls.of("{'value':1}"), Progress.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("for now");
        assertThatThrownBy(() -> finish(stepped, "echo", "{}"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("for now");
    }

    @Test
    void aStepGetsItsSettingsAndItsWordsAreBounded() throws Exception {
        Toolbox stepped =
                toolbox(
                        List.of(kept("echo", "rehearsal_echo")),
                        List.of(
                                step(
                                        (call, settings) ->
                                                new ToolResult.Failure(
                                                        settings.path("words")
                                                                .asText()
                                                                .repeat(1_000)))));
        assertThat(Calls.failure(finish(stepped, "echo", "{}")))
                .startsWith("full full ")
                .hasSizeLessThanOrEqualTo(Words.MAX_CHARACTERS);
    }

    @Test
    void anOperationsResultIsFinishedWhenItComes() throws Exception {
        Toolbox stepped =
                toolbox(
                        List.of(
                                configured(
                                        "report", new ToolKind.Lambda("f"), OPERATION, null, KEEP),
                                tool("plain", Risk.LOW, "rehearsal_echo")));

        assertThat(stepped.start(assistant(List.of("*")), "report"))
                .containsInstanceOf(LambdaOperation.class);
        assertThat(Calls.output(finish(stepped, "report", "{'pages':3}")))
                .isEqualTo(Calls.json("{'kept':{'pages':3},'key':'key-1'}"));
        assertThat(Calls.failure(finish(stepped, "report", "{'unkeepable':'no room'}")))
                .isEqualTo("It could not be kept: no room");
        assertThat(Calls.output(finish(stepped, "plain", "{'pages':3}")))
                .isEqualTo(Calls.json("{'pages':3}"));
        assertThat(Calls.output(finish(stepped, "gone", "{'pages':3}")))
                .isEqualTo(Calls.json("{'pages':3}"));
        assertThat(server.listings).hasValue(0);
    }

    @Test
    void aStepThatThereIsNotIsAFaultOfTheConfiguration() {
        ToolConfig echo =
                configured(
                        "echo",
                        new ToolKind.Builtin("rehearsal_echo", Json.object()),
                        null,
                        null,
                        new ResultConfig("nothing", Json.object()));
        assertThatThrownBy(() -> toolbox(List.of(echo)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("The tool echo names the step nothing; there are [rehearsal_keep]");
    }

    private static ToolResult finish(Toolbox stepped, String tool, String result)
            throws InterruptedException {
        return stepped.finish(Calls.of("{}"), tool, Calls.json(result));
    }

    private static ToolConfig kept(String name, String builtin) {
        return configured(name, new ToolKind.Builtin(builtin, Json.object()), null, null, KEEP);
    }

    private static ResultStep step(BiFunction<ToolCall, ObjectNode, ToolResult> apply) {
        return new ResultStep() {
            @Override
            public String name() {
                return KEEP.step();
            }

            @Override
            public ToolResult apply(
                    ToolCall call, JsonNode result, ObjectNode settings, Services services) {
                return apply.apply(call, settings);
            }
        };
    }

    @Test
    void findsOnlyWhatTheAssistantMayUse() {
        assertThat(toolbox.find(assistant(List.of("calc*")), "echo")).isEmpty();
        assertThat(toolbox.find(assistant(List.of("*")), "unknown")).isEmpty();
    }

    @Test
    void saysWhatThePolicySays() {
        Assistant assistant = assistant(List.of("*"));
        ToolSpec transfer = toolbox.find(assistant, "transfer").orElseThrow().spec();
        assertThat(toolbox.verdict(assistant, Set.of("admin"), transfer))
                .isInstanceOf(Verdict.Ask.class);
        assertThat(toolbox.verdict(assistant, Set.of(), transfer)).isInstanceOf(Verdict.Deny.class);
    }

    @Test
    void aBuiltinsOwnSchemaAndDescriptionStandInForMissingOnes() {
        ToolSpec spec = toolbox.find(assistant(List.of("*")), "calculator").orElseThrow().spec();
        assertThat(spec.description()).contains("arithmetic");
        assertThat(toolbox.check(spec, Calls.json("{'expression':'1'}")))
                .isInstanceOf(Input.Valid.class);
        assertThat(toolbox.check(spec, null)).isInstanceOf(Input.Invalid.class);
    }

    @Test
    void aBuiltinThatThereIsNotIsAFaultOfTheConfiguration() {
        assertThatThrownBy(() -> toolbox(List.of(tool("x", Risk.LOW, "nothing"))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("nothing")
                .hasMessageContaining("calculator");
    }

    private List<String> offered(Assistant assistant, String role) {
        return toolbox.offered(assistant, Set.of(role)).stream().map(ToolSpec::name).toList();
    }

    private Toolbox toolbox(List<ToolConfig> tools) {
        return toolbox(tools, ToolClients.installedSteps());
    }

    private Toolbox toolbox(List<ToolConfig> tools, List<ResultStep> steps) {
        DynamoDbClient noTable =
                new DynamoDbClient() {
                    @Override
                    public String serviceName() {
                        return "dynamodb";
                    }

                    @Override
                    public void close() {}
                };
        LambdaClient noLambda =
                new LambdaClient() {
                    @Override
                    public String serviceName() {
                        return "lambda";
                    }

                    @Override
                    public void close() {}
                };
        Catalog catalog =
                new Catalog(
                        "default",
                        Map.of(),
                        tools.stream().collect(Collectors.toMap(ToolConfig::name, tool -> tool)),
                        List.of(
                                new McpServer(
                                        "test",
                                        server.url(),
                                        "",
                                        Risk.LOW,
                                        Map.of(),
                                        Map.of(),
                                        true,
                                        List.of(),
                                        List.of(),
                                        Calls.TIMEOUT)),
                        Map.of(),
                        Prices.NONE);
        return new Toolbox(
                catalog,
                new ToolClients(
                        noLambda,
                        reference -> "",
                        new RecordTable(noTable, "table"),
                        ToolClients.installedBuiltins(),
                        steps,
                        InstantSource.system(),
                        time -> {},
                        new Random(1)));
    }

    private static ToolConfig tool(String name, Risk risk, String builtin) {
        return new ToolConfig(
                name,
                "",
                risk,
                Json.object(),
                Calls.TIMEOUT,
                new ToolKind.Builtin(builtin, Json.object()));
    }

    private static Assistant assistant(List<String> tools) {
        Policy.Rules everyone =
                new Policy.Rules(Risk.LOW, Risk.LOW, List.of(), List.of(), List.of());
        Policy.Rules admin = new Policy.Rules(Risk.LOW, Risk.HIGH, List.of(), List.of(), List.of());
        return new Assistant(
                "default",
                "You help.",
                "model",
                null,
                ReasoningEffort.NONE,
                8,
                100,
                10,
                1_000,
                1_000,
                tools,
                List.of(),
                ContextLimits.DEFAULT,
                new Policy("p", Duration.ofDays(7), everyone, Map.of("admin", admin)),
                Overrides.NONE,
                OnBusy.REJECT,
                true);
    }
}
