package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;

import io.holdfast.assistant.Risk;
import io.holdfast.platform.Json;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.lambda.LambdaClient;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

/** The real client against a server that answers as Lambda's {@code Invoke} does. */
@Timeout(30)
class LambdaToolTest {
    private final TestServer server = new TestServer();
    private final List<Duration> pauses = new ArrayList<>();
    private final LambdaClient client =
            LambdaClient.builder()
                    .endpointOverride(server.url(""))
                    .region(Region.US_EAST_1)
                    .credentialsProvider(
                            StaticCredentialsProvider.create(
                                    AwsBasicCredentials.create("local", "local")))
                    .httpClient(UrlConnectionHttpClient.create())
                    .overrideConfiguration(
                            ClientOverrideConfiguration.builder()
                                    .retryStrategy(DefaultRetryStrategy.doNotRetry())
                                    .build())
                    .build();

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @Test
    void thePayloadIsTheInputAndTheIdsAreInTheClientContext() throws Exception {
        server.on("/", answering(200, "{\"sum\":3}"));
        assertThat(Calls.output(run("{'numbers':[1,2]}")).toString()).isEqualTo("{\"sum\":3}");
        TestServer.Request request = server.requests.getFirst();
        assertThat(request.path()).isEqualTo("/2015-03-31/functions/sum/invocations");
        assertThat(request.body()).isEqualTo("{\"numbers\":[1,2]}");
        String context =
                new String(
                        Base64.getDecoder().decode(request.header("X-Amz-Client-Context")),
                        StandardCharsets.UTF_8);
        assertThat(Json.readStored(context).path("custom"))
                .isEqualTo(
                        Calls.json(
                                "{'idempotencyKey':'key-1','call':'call_1','turn':'turn-0001',"
                                        + "'session':'session-1','user':'alice'}"));
    }

    @Test
    void aFunctionsErrorIsAFailureInItsWords() throws Exception {
        server.on(
                "/",
                exchange -> {
                    exchange.getResponseHeaders().set("X-Amz-Function-Error", "Unhandled");
                    TestServer.answer(
                            exchange,
                            200,
                            "application/json",
                            "{\"errorMessage\":\"numbers must hold numbers\",\"errorType\":\"X\"}");
                });
        assertThat(Calls.failure(run("{}"))).isEqualTo("numbers must hold numbers");
    }

    @Test
    void aThrottleIsWaitedOut() throws Exception {
        Deque<Integer> statuses = new ArrayDeque<>(List.of(429, 503, 200));
        server.on(
                "/",
                exchange ->
                        TestServer.answer(
                                exchange, statuses.removeFirst(), "application/json", "1"));
        assertThat(Calls.output(run("{}")).intValue()).isEqualTo(1);
        assertThat(pauses).hasSize(2);
    }

    @Test
    void aFunctionThatIsNotThereIsAFailureWithoutTheAccountsNames() throws Exception {
        server.on(
                "/",
                answering(404, "{\"Message\":\"Function not found: arn:aws:lambda:1234:sum\"}"));
        assertThat(Calls.failure(run("{}"))).contains("404").doesNotContain("arn");
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void aLongInputIsNotSent() throws Exception {
        String input = "{'x':'" + "y".repeat(6 * 1024 * 1024) + "'}";
        assertThat(Calls.failure(run(input))).contains("6 MB");
        assertThat(server.requests).isEmpty();
    }

    @Test
    void theDeadlineHolds() throws Exception {
        CountDownLatch end = new CountDownLatch(1);
        server.on(
                "/",
                exchange -> {
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        ToolCall call = Calls.of("{}", Instant.now().plusMillis(500));
        assertThat(Calls.failure(tool().run(call, Progress.NONE))).contains("took longer");
        end.countDown();
    }

    private ToolResult run(String input) throws InterruptedException {
        return tool().run(Calls.of(input), Progress.NONE);
    }

    private LambdaTool tool() {
        ToolSpec spec = Calls.spec("sum", Risk.LOW);
        return new LambdaTool(
                spec,
                new LambdaFunction(
                        spec,
                        "sum",
                        client,
                        new Backoff(InstantSource.system(), pauses::add, new Random(1))));
    }

    private static HttpHandler answering(int status, String body) {
        return exchange -> TestServer.answer(exchange, status, "application/json", body);
    }
}
