package io.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.holdfast.local.template.Pseudo;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.lambda.model.FunctionConfiguration;
import software.amazon.awssdk.services.scheduler.model.FlexibleTimeWindowMode;
import software.amazon.awssdk.services.scheduler.model.ScheduleSummary;
import software.amazon.awssdk.services.sfn.model.StateMachineListItem;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The repository's own template, running. */
@Tag("side-by-side")
class LocalSystemIT {
    private static final ObjectMapper JSON = new ObjectMapper();

    @Test
    void answersAtItsUrlAndAtTheEndpointOfEachService() throws Exception {
        List<String> progress = new ArrayList<>();
        try (LocalSystem system =
                        LocalSystem.start(
                                LocalSettings.fromEnvironment(
                                        Map.of("HOLDFAST_PORT", "0"), TestSystems.ROOT),
                                progress::add);
                HttpClient http = HttpClient.newHttpClient()) {
            assertThat(get(http, system.url().resolve("/health")).statusCode()).isEqualTo(200);

            JsonNode endpoints =
                    JSON.readTree(get(http, system.url().resolve("/local/endpoints")).body());
            assertThat(endpoints.properties())
                    .extracting(Map.Entry::getKey)
                    .filteredOn(name -> !name.equals("mcp"))
                    .containsExactly(
                            "bedrock",
                            "cache",
                            "connections",
                            "dynamodb",
                            "lambda",
                            "scheduler",
                            "sqs",
                            "states");

            try (var dynamo = LocalClients.dynamoDb(url(endpoints, "dynamodb"));
                    var lambda = LocalClients.lambda(url(endpoints, "lambda"));
                    var states = LocalClients.states(url(endpoints, "states"));
                    var sqs = LocalClients.sqs(url(endpoints, "sqs"));
                    var scheduler = TestSystems.scheduler(url(endpoints, "scheduler"))) {
                assertThat(dynamo.listTables().tableNames()).contains("RecordTable");
                assertThat(lambda.listFunctions().functions())
                        .extracting(FunctionConfiguration::functionName)
                        .contains("SocketFunction", "TurnFunction", "ApiFunction", "SumFunction");
                assertThat(states.listStateMachines(b -> {}).stateMachines())
                        .extracting(StateMachineListItem::stateMachineArn)
                        .containsExactlyInAnyOrder(
                                Pseudo.arn("states", "stateMachine:holdfast-turn"),
                                Pseudo.arn("states", "stateMachine:holdfast-operation"));
                assertThat(sqs.listQueues().queueUrls())
                        .extracting(queue -> queue.substring(queue.lastIndexOf('/') + 1))
                        .containsExactlyInAnyOrder(
                                "CompletionQueue", "CompletionDeadLetters", "ScheduleDeadLetters");
                assertThat(scheduler.listSchedules(b -> {}).schedules())
                        .extracting(ScheduleSummary::name)
                        .containsExactly("SweepFunctionEveryMinute");
            }
        }
        // Every part says how long it took, and nothing in our own template is misunderstood.
        // Where Node or its package is missing, one line says so of the MCP server.
        progress.removeIf(line -> line.startsWith("The MCP server is left out: "));
        assertThat(progress).allMatch(line -> line.matches(" {2}\\w[\\w ]{12}\\s*\\d+\\.\\d\\d s"));
    }

    @Test
    void dataOutlivesTheSystemInItsDirectory(@TempDir Path directory) throws Exception {
        Map<String, String> variables = Map.of("HOLDFAST_DATA_DIR", directory.toString());
        Map<String, AttributeValue> key =
                Map.of("pk", AttributeValue.fromS("p"), "sk", AttributeValue.fromS("s"));
        String keys;
        try (LocalSystem system = TestSystems.start(variables);
                HttpClient http = HttpClient.newHttpClient();
                var dynamo = LocalClients.dynamoDb(endpoint(system, "dynamodb"))) {
            dynamo.putItem(b -> b.tableName("RecordTable").item(key));
            keys = keys(http, system);
            try (var scheduler = TestSystems.scheduler(endpoint(system, "scheduler"))) {
                scheduler.createSchedule(
                        b ->
                                b.name("yearly")
                                        .scheduleExpression("cron(0 8 1 1 ? *)")
                                        .flexibleTimeWindow(w -> w.mode(FlexibleTimeWindowMode.OFF))
                                        .target(
                                                t ->
                                                        t.arn(Pseudo.arn("sqs", "CompletionQueue"))
                                                                .roleArn("arn:aws:iam::1:role/r")));
            }
        }

        try (LocalSystem system = TestSystems.start(variables);
                HttpClient http = HttpClient.newHttpClient();
                var dynamo = LocalClients.dynamoDb(endpoint(system, "dynamodb"))) {
            assertThat(dynamo.getItem(b -> b.tableName("RecordTable").key(key)).item())
                    .isEqualTo(key);
            assertThat(keys(http, system)).isEqualTo(keys);
            try (var scheduler = TestSystems.scheduler(endpoint(system, "scheduler"))) {
                assertThat(scheduler.listSchedules(b -> {}).schedules())
                        .extracting(ScheduleSummary::name)
                        .containsExactlyInAnyOrder("SweepFunctionEveryMinute", "yearly");
            }
        }
        Files.writeString(directory.resolve("schedules.json"), "{}");
        assertThatThrownBy(() -> TestSystems.start(variables))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("Remove it to begin without them");
        assertThat(Files.isDirectory(directory.resolve("redis"))).isTrue();
    }

    @Test
    void pagesOfTheSitesThatAreNamedMayUseBothApisAndNoOthers() throws Exception {
        try (LocalSystem system =
                        TestSystems.start(
                                Map.of("HOLDFAST_PARAM_AllowedOrigins", "https://app.example"));
                HttpClient http = HttpClient.newHttpClient()) {
            HttpResponse<String> preflight = preflight(http, system, "https://app.example");
            assertThat(preflight.statusCode()).isEqualTo(204);
            assertThat(preflight.headers().firstValue("access-control-allow-origin"))
                    .contains("https://app.example");
            assertThat(preflight.headers().firstValue("access-control-allow-headers"))
                    .hasValueSatisfying(names -> assertThat(names).contains("authorization"));
            assertThat(preflight(http, system, "https://evil.example").headers().map())
                    .doesNotContainKey("access-control-allow-origin");

            assertThat(handshake(system, "https://evil.example")).isEqualTo(403);
            // Nobody in particular, but from the right site.
            assertThat(handshake(system, "https://app.example")).isEqualTo(401);
            assertThat(handshake(system, null)).isEqualTo(401);
        }
    }

    private static HttpResponse<String> preflight(
            HttpClient http, LocalSystem system, String origin) throws Exception {
        return http.send(
                HttpRequest.newBuilder(system.url().resolve("/sessions"))
                        .method("OPTIONS", HttpRequest.BodyPublishers.noBody())
                        .header("Origin", origin)
                        .header("Access-Control-Request-Method", "POST")
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    /** The status of the answer to a handshake without a token. */
    private static int handshake(LocalSystem system, @Nullable String origin) throws Exception {
        URI url = system.url();
        try (Socket socket = new Socket(url.getHost(), url.getPort())) {
            String request =
                    """
                    GET /ws HTTP/1.1\r
                    Host: %s:%d\r
                    Connection: Upgrade\r
                    Upgrade: websocket\r
                    Sec-WebSocket-Version: 13\r
                    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r
                    %s\r
                    """
                            .formatted(
                                    url.getHost(),
                                    url.getPort(),
                                    origin == null ? "" : "Origin: " + origin + "\r\n");
            socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
            String line =
                    new BufferedReader(
                                    new InputStreamReader(
                                            socket.getInputStream(), StandardCharsets.US_ASCII))
                            .readLine();
            return Integer.parseInt(line.split(" ", -1)[1]);
        }
    }

    @Test
    void whatCannotStartSaysWhyInALine(@TempDir Path directory) throws Exception {
        Path template = directory.resolve("template.yaml");
        Files.writeString(
                template,
                """
                Resources:
                  One:
                    Type: AWS::Serverless::Function
                    Properties: {Handler: no.such.Handler}
                """);
        assertThatThrownBy(
                        () -> TestSystems.start(Map.of("HOLDFAST_TEMPLATE", template.toString())))
                .isInstanceOf(StartException.class)
                .hasMessage("One (no.such.Handler): there is no such class");

        Files.writeString(
                template,
                """
                Resources:
                  Machine:
                    Type: AWS::Serverless::StateMachine
                    Properties:
                      Definition:
                        StartAt: Nowhere
                        QueryLanguage: JSONata
                        States: {A: {Type: Succeed}}
                """);
        assertThatThrownBy(
                        () -> TestSystems.start(Map.of("HOLDFAST_TEMPLATE", template.toString())))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("Machine")
                .hasMessageContaining("Nowhere");
        assertThatThrownBy(() -> TestSystems.start(Map.of("HOLDFAST_PARAM_LogLevel", "LOUD")))
                .isInstanceOf(StartException.class)
                .hasMessageContaining("Parameters.LogLevel: is 'LOUD' but must be one of");
    }

    private static String keys(HttpClient http, LocalSystem system) throws Exception {
        return get(http, system.url().resolve("/local/.well-known/jwks.json")).body();
    }

    private static HttpResponse<String> get(HttpClient http, URI url) throws Exception {
        return http.send(HttpRequest.newBuilder(url).build(), HttpResponse.BodyHandlers.ofString());
    }

    private static URI url(JsonNode endpoints, String name) {
        return URI.create(endpoints.path(name).asText());
    }

    private static URI endpoint(LocalSystem system, String name) {
        return system.endpoints().getOrDefault(name, URI.create("http://none"));
    }
}
