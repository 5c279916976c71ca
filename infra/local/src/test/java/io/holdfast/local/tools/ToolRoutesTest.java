package io.holdfast.local.tools;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.local.gateway.Gateway;
import io.holdfast.local.gateway.GatewaySettings;
import io.holdfast.local.lambda.UnknownFunctionException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;

class ToolRoutesTest {
    private final HttpClient http = HttpClient.newHttpClient();
    private Gateway gateway;

    @BeforeEach
    void start() {
        gateway =
                Gateway.start(
                        GatewaySettings.of(0, null, null),
                        (name, event) -> {
                            throw new UnknownFunctionException(name);
                        },
                        List.of(ToolRoutes.route(), ExperimentRoutes.route()));
    }

    @AfterEach
    void stop() {
        http.close();
        gateway.close();
    }

    @Test
    void echoGivesBackTheInputAndTheCallsKey() throws Exception {
        HttpResponse<String> answer = post("echo", "{\"value\":[1]}");

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"input\":{\"value\":[1]},\"idempotencyKey\":\"k\"}");
        assertThat(post("echo", "{").statusCode()).isEqualTo(400);
    }

    @Test
    void answersTheStatusTheSizeAndTheTimeThatIsAskedFor() throws Exception {
        assertThat(post("status/503", "{}").statusCode()).isEqualTo(503);
        assertThat(post("status/700", "{}").statusCode()).isEqualTo(400);
        assertThat(post("big/100000", "{}").body()).hasSize(100_000);
        long from = System.nanoTime();
        assertThat(post("slow/50", "{}").statusCode()).isEqualTo(200);
        assertThat(System.nanoTime() - from).isGreaterThan(49_000_000);
    }

    @Test
    void linesOfJsonComeOneByOne() throws Exception {
        HttpResponse<InputStream> answer =
                http.send(request("ndjson/3", "{}"), HttpResponse.BodyHandlers.ofInputStream());

        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(answer.body(), StandardCharsets.UTF_8))) {
            assertThat(lines.readLine()).isEqualTo("{\"done\":1,\"of\":3}");
            assertThat(lines.ready()).as("the rest is not there yet").isFalse();
            assertThat(lines.readAllLines())
                    .containsExactly("{\"done\":2,\"of\":3}", "{\"done\":3,\"of\":3}");
        }
    }

    @Test
    void experimentsHaveFiguresAndMayBeDown() throws Exception {
        assertThat(experiment("exp_42").body())
                .isEqualTo(
                        "{\"id\":\"exp_42\",\"status\":\"running\","
                                + "\"metrics\":{\"accuracy\":0.93,\"reads\":1},"
                                + "\"config\":{\"learningRate\":0.001},\"askedBy\":\"alice\"}");
        assertThat(experiment("exp_42").body()).contains("\"reads\":2");
        assertThat(experiment("long_1").body()).hasSizeGreaterThan(50_000);
        assertThat(experiment("sly").body()).contains("</context>");
        assertThat(experiment("down").statusCode()).isEqualTo(503);
        assertThat(experiment("mill").statusCode()).isEqualTo(404);
    }

    private HttpResponse<String> experiment(String id) throws Exception {
        return http.send(
                HttpRequest.newBuilder(gateway.url().resolve("/local/experiments/" + id))
                        .header("X-Holdfast-User", "alice")
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nothing", "echo/", "slow/x", "big/999999999", "../tokens"})
    void knowsNoOthers(String path) throws Exception {
        assertThat(post(path, "{}").statusCode()).isEqualTo(404);
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return http.send(request(path, body), HttpResponse.BodyHandlers.ofString());
    }

    private HttpRequest request(String path, String body) {
        return HttpRequest.newBuilder(gateway.url().resolve("/local/tools/" + path))
                .header("Idempotency-Key", "k")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }
}
