package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.HeaderValue;
import io.holdfast.assistant.McpServer;
import io.holdfast.assistant.Risk;
import io.holdfast.chunk.UiMessage.Role;
import io.holdfast.platform.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

@Timeout(60)
class McpServersTest {
    private static final String SECRET = "tok-5ecret";

    private final TestMcpServer server = new TestMcpServer();

    /** Real time, and what a test lets pass at once. */
    private volatile Duration passed = Duration.ZERO;

    private final McpServers servers = servers(config("m_", true));

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void offersAllPagesUnderThePrefixWithTheirRisks() {
        for (String name : List.of("a", "b", "c", "d", "e")) {
            server.tool(name, call -> TestMcpServer.text(name));
        }
        assertThat(names()).containsExactly("m_a", "m_b", "m_c", "m_d", "m_e");
        ToolSpec spec = find("m_b").spec();
        assertThat(spec.dynamic()).isTrue();
        assertThat(spec.risk()).isEqualTo(Risk.HIGH);
        assertThat(find("m_a").spec().risk()).isEqualTo(Risk.LOW);
        assertThat(spec.description()).isEqualTo("does b");
        assertThat(spec.input().path("type").asText()).isEqualTo("object");
        assertThat(server.authorizations).containsOnly("Bearer " + SECRET);
    }

    @Test
    void namesAreMadeToFitOrLeftOut() {
        server.tool("get.file/x", call -> TestMcpServer.text(""))
                .tool("n".repeat(63), call -> TestMcpServer.text(""))
                .tool("x.y", call -> TestMcpServer.text("first"))
                .tool("x/y", call -> TestMcpServer.text("second"));
        assertThat(names()).containsExactlyInAnyOrder("m_get_file_x", "m_x_y");
    }

    @Test
    void callsATool() throws Exception {
        server.tool("a", call -> TestMcpServer.text("hello"));
        assertThat(Calls.output(run("m_a", "{'x':1.5}")).textValue()).isEqualTo("hello");
        JsonNode params = server.calls.getFirst();
        assertThat(params.path("name").asText()).isEqualTo("a");
        assertThat(params.path("arguments").toString()).isEqualTo("{\"x\":1.5}");
        assertThat(params.path("_meta").path("io.holdfast/idempotencyKey").asText())
                .isEqualTo("key-1");
    }

    @Test
    void takesStructureNotesAndErrors() throws Exception {
        server.tool(
                        "structured",
                        call -> {
                            ObjectNode result = TestMcpServer.text("{}");
                            result.putObject("structuredContent").put("n", 1);
                            return result;
                        })
                .tool(
                        "image",
                        call -> {
                            ObjectNode result = TestMcpServer.text("see");
                            result.withArrayProperty("content")
                                    .addObject()
                                    .put("type", "image")
                                    .put("mimeType", "image/png")
                                    .put("data", "AAAAAA==");
                            return result;
                        })
                .tool("bad", call -> TestMcpServer.text("not so, " + SECRET).put("isError", true))
                .tool("refused", call -> TestMcpServer.error("wrong input"));
        assertThat(Calls.output(run("m_structured", "{}")).toString()).isEqualTo("{\"n\":1}");
        assertThat(Calls.output(run("m_image", "{}")).toString())
                .isEqualTo(
                        "[{\"type\":\"text\",\"text\":\"see\"},"
                                + "{\"type\":\"image\",\"mimeType\":\"image/png\",\"bytes\":4}]");
        assertThat(Calls.failure(run("m_bad", "{}"))).contains("not so").doesNotContain(SECRET);
        assertThat(Calls.failure(run("m_refused", "{}"))).contains("wrong input");
    }

    @Test
    void reportsProgress() throws Exception {
        List<JsonNode> reported = new ArrayList<>();
        Object seen = new Object();
        server.tool(
                "slow",
                call -> {
                    call.progress(1, "half");
                    // It goes on when the first was seen, so the order is certain.
                    await().until(() -> snapshot(reported, seen) == 1);
                    call.progress(2, "all");
                    await().until(() -> snapshot(reported, seen) == 2);
                    return TestMcpServer.text("done");
                });
        ToolResult result =
                find("m_slow")
                        .run(
                                Calls.of("{}"),
                                preliminary -> {
                                    synchronized (seen) {
                                        reported.add(preliminary);
                                    }
                                });
        assertThat(Calls.output(result).textValue()).isEqualTo("done");
        assertThat(reported.toString())
                .isEqualTo(
                        "[{\"progress\":1.0,\"total\":2.0,\"message\":\"half\"},"
                                + " {\"progress\":2.0,\"total\":2.0,\"message\":\"all\"}]");
    }

    private static int snapshot(List<JsonNode> reported, Object lock) {
        synchronized (lock) {
            return reported.size();
        }
    }

    @Test
    void theDeadlineHolds() throws Exception {
        server.tool("slow", this::never);
        ToolCall call = Calls.of("{}", Instant.now().plusMillis(700));
        assertThat(Calls.failure(find("m_slow").run(call, Progress.NONE))).contains("took longer");
    }

    @Test
    void aForgottenSessionIsMadeAgainAndTheCallRepeated() throws Exception {
        server.tool("a", call -> TestMcpServer.text("hello"));
        assertThat(names()).hasSize(1);
        server.forgetSessions();
        assertThat(Calls.output(run("m_a", "{}")).textValue()).isEqualTo("hello");
        assertThat(server.calls).hasSize(1);
    }

    @Test
    void aListIsAskedForInANewSessionIfTheServerHasForgotten() {
        server.tool("a", call -> TestMcpServer.text("hello"));
        assertThat(names()).hasSize(1);
        server.forgetSessions();
        passed = Duration.ofMinutes(6);
        assertThat(names()).hasSize(1);
    }

    @Test
    void aCallThatMayHaveBeenDoneIsNotRepeated() throws Exception {
        server.tool("pay", this::breakDown);
        assertThat(Calls.failure(run("m_pay", "{}"))).contains("may or may not");
        assertThat(server.calls).hasSize(1);
    }

    @Test
    void aCallThatMayBeRepeatedIsRepeatedOnce() throws Exception {
        server.tool("read", "{'readOnlyHint':true}", this::breakDownOnce);
        assertThat(Calls.output(run("m_read", "{}")).textValue()).isEqualTo("hello");
        assertThat(server.calls)
                .extracting(call -> call.path("_meta").path("io.holdfast/idempotencyKey").asText())
                .containsExactly("key-1", "key-1");
    }

    @Test
    void aServerThatIsAwayIsLeftOutAndComesBack() {
        server.tool("a", call -> TestMcpServer.text("hello"));
        server.stop();
        assertThat(names()).isEmpty();
        server.start();
        assertThat(names()).as("it is asked again after 10 seconds").isEmpty();
        passed = Duration.ofSeconds(11);
        assertThat(names()).containsExactly("m_a");
    }

    @Test
    void aServerThatDoesNotAnswerHoldsUpNobody() {
        try (TestMcpServer slow = new TestMcpServer()) {
            server.tool("a", call -> TestMcpServer.text("hello"));
            slow.hang();
            McpServers both =
                    new McpServers(
                            List.of(config("slow_", true, slow.url()), config("m_", true)),
                            reference -> SECRET,
                            AddressGuard.SYSTEM,
                            backoff());
            Instant before = Instant.now();
            assertThat(both.tools(any -> true))
                    .extracting(tool -> tool.spec().name())
                    .containsExactly("m_a");
            assertThat(Duration.between(before, Instant.now()))
                    .isBetween(Duration.ofSeconds(2), Duration.ofSeconds(8));
        }
    }

    @Test
    void theListIsKeptForFiveMinutes() {
        server.tool("a", call -> TestMcpServer.text("hello"));
        assertThat(names()).containsExactly("m_a");
        server.tool("b", call -> TestMcpServer.text("hello"));
        passed = Duration.ofMinutes(4);
        assertThat(names()).containsExactly("m_a");
        passed = Duration.ofMinutes(6);
        assertThat(names()).containsExactly("m_a", "m_b");
        assertThat(server.listings).hasValue(2);
    }

    @Test
    void resourcesAndPromptsBecomeWords() {
        McpServer config =
                new McpServer(
                        "test",
                        server.url(),
                        "m_",
                        Risk.LOW,
                        Map.of(),
                        Map.of(),
                        true,
                        List.of("doc://short", "doc://missing", "doc://long"),
                        List.of("greeting"),
                        Calls.TIMEOUT);
        List<String> words = servers(config).words(any -> true);
        assertThat(words).hasSize(3);
        assertThat(words.get(0)).isEqualTo("xxx");
        assertThat(words.get(1)).hasSize(20_000);
        assertThat(words.get(2)).isEqualTo("prompt greeting");
    }

    @Test
    void promptsOfAllPagesAreOfferedUnderThePrefix() throws Exception {
        Menu<Prompt> menu = servers.prompts();
        assertThat(menu.silent()).isEmpty();
        assertThat(menu.items())
                .containsExactly(
                        new Prompt("m_greeting", "testm_", null, null, List.of()),
                        new Prompt(
                                "m_weather_now",
                                "testm_",
                                "Weather",
                                "Asks",
                                List.of(
                                        new Prompt.Argument("city", "Which", true),
                                        new Prompt.Argument("day", null, false))));
    }

    @Test
    void aPromptTakesItsArgumentsAndNoOthers() throws Exception {
        assertThat(servers.prompt("m_greeting", Map.of()))
                .isEqualTo(said(new PromptAnswer.Line(Role.USER, "prompt greeting")));
        assertThat(servers.prompt("m_weather_now", Map.of("city", "Bern")))
                .isEqualTo(
                        said(
                                new PromptAnswer.Line(Role.USER, "prompt weather/now Bern"),
                                new PromptAnswer.Line(
                                        Role.ASSISTANT,
                                        "{\"type\":\"image\",\"mimeType\":\"image/png\",\"bytes\":3}")));
        assertThat(servers.prompt("m_weather_now", Map.of("day", "today")))
                .isEqualTo(new PromptAnswer.Invalid("The argument city is missing"));
        assertThat(servers.prompt("m_weather_now", Map.of("city", "Bern", "year", "1")))
                .isEqualTo(new PromptAnswer.Invalid("The prompt has these arguments: [city, day]"));
        for (String name : List.of("m_", "m_weather/now", "greeting", "x_greeting", "")) {
            assertThat(servers.prompt(name, Map.of())).isEqualTo(new PromptAnswer.Unknown());
        }
    }

    @Test
    void aPromptThatItsServerRefusesFailsInItsWords() throws Exception {
        PromptAnswer answer = servers.prompt("m_weather_now", Map.of("city", "Atlantis"));
        assertThat(answer)
                .isInstanceOfSatisfying(
                        PromptAnswer.Failed.class,
                        failed -> assertThat(failed.reason()).contains("no such city"));
    }

    @Test
    void promptsAreThereAgainWhenTheServerIs() throws Exception {
        assertThat(servers.prompts().items()).hasSize(2);
        server.forgetSessions();
        assertThat(servers.prompts().items()).hasSize(2);
        server.stop();
        assertThat(servers.prompts()).isEqualTo(new Menu<>(List.of(), List.of("testm_")));
        assertThat(servers.prompt("m_greeting", Map.of()))
                .isEqualTo(new PromptAnswer.Failed("The server testm_ does not answer"));
        assertThat(servers.prompt("x_greeting", Map.of())).isEqualTo(new PromptAnswer.Unknown());
        server.start();
        assertThat(servers.prompts().items()).hasSize(2);
    }

    @Test
    void aServerThatDoesNotAnswerIsNamed() {
        server.tool("a", call -> TestMcpServer.text("hello"));
        assertThat(servers.menu(any -> true).silent()).isEmpty();
        passed = Duration.ofMinutes(6);
        server.stop();
        assertThat(servers.menu(any -> true)).isEqualTo(new Menu<>(List.of(), List.of("testm_")));
    }

    private static PromptAnswer said(PromptAnswer.Line... lines) {
        return new PromptAnswer.Said(List.of(lines));
    }

    @Test
    void privateAddressesAreRefusedUnlessAllowed() {
        server.tool("a", call -> TestMcpServer.text("hello"));
        assertThat(servers(config("m_", false)).tools(any -> true)).isEmpty();
        assertThat(server.authorizations).isEmpty();
    }

    private ObjectNode never(TestMcpServer.Call call) {
        server.awaitEnd();
        return Json.object();
    }

    /** The server dies in the middle of the call. */
    private ObjectNode breakDown(TestMcpServer.Call call) throws IOException {
        server.stop();
        throw new IOException("the server dies");
    }

    private ObjectNode breakDownOnce(TestMcpServer.Call call) throws IOException {
        if (server.calls.size() == 1) {
            server.stop();
            server.start();
            throw new IOException("the server dies");
        }
        return TestMcpServer.text("hello");
    }

    private List<String> names() {
        return servers.tools(any -> true).stream().map(tool -> tool.spec().name()).toList();
    }

    private Tool find(String name) {
        return servers.find(name).orElseThrow();
    }

    private ToolResult run(String name, String input) throws InterruptedException {
        return find(name).run(Calls.of(input, now().plus(Calls.TIMEOUT)), Progress.NONE);
    }

    private Instant now() {
        return Instant.now().plus(passed);
    }

    private Backoff backoff() {
        return new Backoff(this::now, time -> {}, new Random(1));
    }

    private McpServers servers(McpServer config) {
        return new McpServers(List.of(config), reference -> SECRET, AddressGuard.SYSTEM, backoff());
    }

    private McpServer config(String prefix, boolean allowPrivate) {
        return config(prefix, allowPrivate, server.url());
    }

    private static McpServer config(String prefix, boolean allowPrivate, URI url) {
        return new McpServer(
                "test" + prefix,
                url,
                prefix,
                Risk.HIGH,
                Map.of("a", Risk.LOW),
                Map.of("Authorization", new HeaderValue.Secret("env:TOKEN", "Bearer ")),
                allowPrivate,
                List.of(),
                List.of(),
                Calls.TIMEOUT);
    }
}
