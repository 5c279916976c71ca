package io.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.time.Duration.ofMillis;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.TextNode;

import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.MessageFold;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.MessagePart.ToolState;
import io.holdfast.chunk.UiMessage;
import io.holdfast.chunk.UiMessageJson;
import io.holdfast.local.gateway.SocketClient;
import io.holdfast.platform.MessageId;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** The whole system, each function in a JVM of its own, with JVMs that are killed. */
class IsolatedSystemIT {
    private static final Duration SOON = Duration.ofSeconds(30);
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final HttpClient http = HttpClient.newHttpClient();
    private static final Set<Long> seen = new HashSet<>();
    private static LocalSystem system;
    private static String token;

    private final String session = "isolated-" + UUID.randomUUID();

    @BeforeAll
    static void start() throws Exception {
        system = TestSystems.start(Map.of("HOLDFAST_ISOLATE", "true"));
        token =
                JSON.readTree(
                                http.send(
                                                HttpRequest.newBuilder(
                                                                system.url()
                                                                        .resolve("/local/tokens"))
                                                        .POST(
                                                                HttpRequest.BodyPublishers.ofString(
                                                                        "{\"user\":\"alice\"}"))
                                                        .build(),
                                                HttpResponse.BodyHandlers.ofString())
                                        .body())
                        .path("token")
                        .asText();
    }

    @AfterAll
    static void leavesNoProcessBehind() {
        system.close();
        assertThat(seen).isNotEmpty().noneMatch(IsolatedSystemIT::alive);
        http.close();
    }

    @Test
    void eachFunctionHasAJvmAndAnotherOneThatStandsBy() {
        awaitStandbys();

        assertThat(functions())
                .extracting(function -> function.path("name").asText())
                .containsExactly(
                        "ApiFunction",
                        "CompletionFunction",
                        "OperationFunction",
                        "ScheduleFunction",
                        "SocketFunction",
                        "SumFunction",
                        "SweepFunction",
                        "TurnFunction");
        await().atMost(SOON)
                .until(() -> functions().stream().allMatch(f -> f.path("inFlight").asInt(-1) == 0));
        assertThat(functions())
                .flatExtracting(function -> List.of(pid(function), standby(function)))
                .doesNotHaveDuplicates()
                .doesNotContain(ProcessHandle.current().pid())
                .allMatch(IsolatedSystemIT::alive);
    }

    @Test
    void anAnswerGoesOnWhenTheFunctionThatWritesItIsKilled() throws Exception {
        awaitStandbys();
        SocketClient client = ask("count to 200 every 20 ms");
        awaitText(client, "20");

        kill(pid(function("TurnFunction")));

        assertAnswer(client, 200);
        client.abort();
    }

    @Test
    void anAnswerGoesOnWhenTheJvmThatStandsByIsKilled() throws Exception {
        awaitStandbys();
        SocketClient client = ask("count to 100 every 20 ms");
        awaitText(client, "20");
        long standby = standby(function("TurnFunction"));

        kill(standby);

        assertAnswer(client, 100);
        await().atMost(SOON)
                .until(() -> !List.of(0L, standby).contains(standby(function("TurnFunction"))));
        client.abort();
    }

    @Test
    void aToolIsRunAgainWhenTheFunctionThatRunsItIsKilled() throws Exception {
        awaitStandbys();
        SocketClient client =
                ask("use wait {\"ms\":2000}\nuse echo {\"value\":7}\nthen\ncount to 30");
        awaitFrame(client, "\"preliminary\":true");

        kill(pid(function("TurnFunction")));

        awaitFrame(client, "\"type\":\"end\"");
        assertThat(message(client).parts())
                .filteredOn(MessagePart.Tool.class::isInstance)
                .extracting(part -> ((MessagePart.Tool) part).state())
                .containsExactly(ToolState.OUTPUT_AVAILABLE, ToolState.OUTPUT_AVAILABLE);
        assertThat(answer(client)).contains("echo said: ").endsWith("29 30");
        assertThat(client.closed).isNotDone();
        assertThat(stored().path("parts"))
                .isEqualTo(UiMessageJson.write(message(client)).path("parts"));
        client.abort();
    }

    @Test
    void anAnswerGoesOnAndAQuestionIsStillThereWhenAllJvmsAreKilled() throws Exception {
        awaitStandbys();
        String asking = "isolated-" + UUID.randomUUID();
        SocketClient asked = ask(asking, "use transfer {\"to\":\"bob\",\"amount\":5}");
        awaitFrame(asked, "\"type\":\"end\"");
        MessagePart.Tool call = (MessagePart.Tool) message(asked).parts().getLast();
        assertThat(call.state()).isEqualTo(ToolState.APPROVAL_REQUESTED);
        SocketClient client = ask("count to 100 every 20 ms");
        awaitText(client, "20");

        functions().stream().flatMap(f -> Stream.of(pid(f), standby(f))).forEach(this::kill);

        assertAnswer(client, 100);
        String answer =
                "/turns/%s/approvals/%s"
                        .formatted(
                                json(asked.received.getFirst())
                                        .at("/chunk/messageMetadata/turnId")
                                        .asText(),
                                Objects.requireNonNull(call.approval()).id());
        // The first may meet a function that is just dying; the same again counts once.
        await().atMost(SOON).until(() -> post(answer, "{\"approved\":true}").statusCode() == 200);
        SocketClient other = connect();
        other.send(
                "{\"type\":\"resume\",\"requestId\":\"r2\",\"id\":\"%s\",\"headers\":{},\"body\":{}}"
                        .formatted(asking));
        awaitFrame(other, "\"type\":\"finish\"");
        assertThat(answer(other)).startsWith("transfer said: ").contains("bob");
        assertThat(health()).isEqualTo(200);
        List.of(asked, client, other).forEach(SocketClient::abort);
    }

    @Test
    void everyInvocationIsServedAfterTenKillsInARow() throws Exception {
        awaitStandbys();
        for (int i = 0; i < 10; i++) {
            await().atMost(SOON).until(() -> pid(function("ApiFunction")) != 0);
            long pid = pid(function("ApiFunction"));

            kill(pid);
            await().atMost(SOON).pollInterval(ofMillis(1)).until(() -> !alive(pid));

            assertThat(health()).as("after kill %d", i + 1).isEqualTo(200);
        }
        awaitStandbys();
    }

    @Test
    void theGatewayAnswersForASocketFunctionThatDiesAndGoesOn() throws Exception {
        awaitStandbys();
        await().atMost(SOON).until(() -> system.gateway().connections().isEmpty());
        SocketClient client = connect();
        long pid = pid(function("SocketFunction"));
        // It can pick a frame up, and cannot answer it.
        assertThat(new ProcessBuilder("kill", "-STOP", Long.toString(pid)).start().waitFor())
                .isZero();
        client.send("{\"type\":\"ping\",\"requestId\":\"r1\"}");
        await().atMost(SOON).until(() -> function("SocketFunction").path("inFlight").asInt() == 1);

        kill(pid);

        await().atMost(SOON).until(() -> client.received.size() == 1);
        JsonNode error = JSON.readTree(client.received.getFirst());
        assertThat(error.path("message").asText()).isEqualTo("Internal server error");
        assertThat(error.path("connectionId").asText())
                .isEqualTo(system.gateway().connections().getFirst().connectionId());
        assertThat(error.path("requestId").asText()).isNotEmpty();
        assertThat(error.size()).isEqualTo(3);

        client.send("{\"type\":\"ping\",\"requestId\":\"r2\"}");
        await().atMost(SOON).until(() -> client.received.size() == 2);
        assertThat(client.received.getLast()).isEqualTo("{\"type\":\"pong\",\"requestId\":\"r2\"}");
        assertThat(client.closed).isNotDone();
        client.abort();
    }

    @Test
    void whatCannotStartSaysWhyInALine(@TempDir Path directory) throws Exception {
        functions();
        Path template = directory.resolve("template.yaml");
        Files.writeString(
                template,
                """
                Resources:
                  One:
                    Type: AWS::Serverless::Function
                    Properties: {Handler: io.holdfast.local.samples.Picky}
                """);

        assertThatThrownBy(
                        () ->
                                TestSystems.start(
                                        Map.of(
                                                "HOLDFAST_ISOLATE",
                                                "true",
                                                "HOLDFAST_TEMPLATE",
                                                template.toString())))
                .isInstanceOf(StartException.class)
                .hasMessage("One (io.holdfast.local.samples.Picky) did not start: MUST is not set");
    }

    private static SocketClient connect() {
        return SocketClient.connect(system.gateway(), "/ws?token=" + token);
    }

    private SocketClient ask(String text) {
        return ask(session, text);
    }

    private static SocketClient ask(String session, String text) {
        SocketClient client = connect();
        client.send(
                """
                {"type":"send","requestId":"r1","id":"%s","trigger":"submit-message",
                 "messages":[{"id":"m1","role":"user","parts":[{"type":"text","text":%s}]}],
                 "headers":{},"body":{}}
                """
                        .formatted(session, TextNode.valueOf(text)));
        return client;
    }

    private static void awaitText(SocketClient client, String text) {
        await().atMost(SOON).until(() -> answer(client).contains(text));
    }

    private static void awaitFrame(SocketClient client, String part) {
        await().atMost(SOON).until(() -> client.received.stream().anyMatch(f -> f.contains(part)));
    }

    private JsonNode stored() throws Exception {
        JsonNode messages = JSON.readTree(get("/sessions/" + session).body()).path("messages");
        return messages.path(messages.size() - 1);
    }

    /** One clean answer, chunk by chunk without a gap, and the same in the record. */
    private void assertAnswer(SocketClient client, int count) throws Exception {
        await().atMost(SOON)
                .until(
                        () ->
                                client.received.stream()
                                        .anyMatch(f -> f.contains("\"type\":\"end\"")));
        String numbers =
                IntStream.rangeClosed(1, count)
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(" "));
        assertThat(answer(client)).isEqualTo(numbers);
        List<Integer> sequences =
                client.received.stream()
                        .map(IsolatedSystemIT::json)
                        .filter(frame -> frame.path("type").asText().equals("chunk"))
                        .map(frame -> frame.path("sequence").asInt())
                        .distinct()
                        .toList();
        assertThat(sequences).isEqualTo(IntStream.range(0, sequences.size()).boxed().toList());
        assertThat(client.closed).isNotDone();
        HttpResponse<String> stored = get("/sessions/" + session);
        assertThat(stored.statusCode()).isEqualTo(200);
        assertThat(stored.body()).contains("\"" + numbers + "\"");
    }

    /** What a reader sees; a chunk that comes again is ignored, as the client does. */
    private static String answer(SocketClient client) {
        return message(client).text();
    }

    private static UiMessage message(SocketClient client) {
        MessageFold fold = new MessageFold(new MessageId("answer"));
        int next = 0;
        for (String text : client.received) {
            JsonNode frame = json(text);
            if (frame.has("chunk") && frame.path("sequence").asInt(-1) == next) {
                fold.accept(ChunkJson.read(frame.path("chunk").toString()));
                next++;
            }
        }
        return fold.message();
    }

    private static JsonNode json(String text) {
        try {
            return JSON.readTree(text);
        } catch (IOException e) {
            throw new AssertionError(text, e);
        }
    }

    private static void awaitStandbys() {
        // All of them have to start after a kill of all.
        await().atMost(SOON.multipliedBy(2))
                .until(() -> functions().stream().allMatch(f -> standby(f) != 0));
    }

    private static List<JsonNode> functions() {
        try {
            List<JsonNode> functions =
                    JSON.readTree(get("/local/functions").body()).valueStream().toList();
            functions.forEach(
                    f -> Stream.of(pid(f), standby(f)).filter(pid -> pid != 0).forEach(seen::add));
            return functions;
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    private static JsonNode function(String name) {
        return functions().stream()
                .filter(function -> function.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static long pid(JsonNode function) {
        return function.path("pid").asLong();
    }

    private static long standby(JsonNode function) {
        return function.path("standby").asLong();
    }

    private static int health() throws Exception {
        return get("/health").statusCode();
    }

    private static HttpResponse<String> get(String path) throws Exception {
        URI url = system.url().resolve(path);
        return http.send(
                HttpRequest.newBuilder(url).header("Authorization", "Bearer " + token).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static HttpResponse<String> post(String path, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(system.url().resolve(path))
                        .header("Authorization", "Bearer " + token)
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private void kill(long pid) {
        assertThat(ProcessHandle.of(pid).map(ProcessHandle::destroyForcibly)).contains(true);
    }

    private static boolean alive(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }
}
