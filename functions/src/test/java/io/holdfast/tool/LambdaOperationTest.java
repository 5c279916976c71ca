package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.assistant.Risk;
import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;
import io.holdfast.tool.OperationStart.Started;
import io.holdfast.tool.OperationStart.Told;

import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.client.config.ClientOverrideConfiguration;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.lambda.LambdaClient;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Deque;
import java.util.List;
import java.util.Random;

/** The real client against a server that answers as Lambda's {@code Invoke} does. */
@NullMarked
@Timeout(30)
final class LambdaOperationTest {
    private final TestServer server = new TestServer();
    private final List<Duration> pauses = new ArrayList<>();

    /** What was not waited out. */
    private Duration skipped = Duration.ZERO;

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
    void tellsTheFunctionWhatToDoAndWaitsForItsWord() throws Exception {
        answer(200, "{'accepted':true,'job':7}");
        assertThat(start(Calls.TIMEOUT)).isEqualTo(new Started.Accepted());
        TestServer.Request request = server.requests.getFirst();
        assertThat(request.path()).isEqualTo("/2015-03-31/functions/report/invocations");
        assertThat(request.header("X-Amz-Invocation-Type")).isEqualTo("RequestResponse");
        assertThat(Json.read(request.body()))
                .isEqualTo(
                        Calls.json(
                                "{'operationId':'operation-1','idempotencyKey':'key-1',"
                                        + "'tool':'build_report','input':{'rows':3},"
                                        + "'callback':{'completeUrl':'https://h/c',"
                                        + "'progressUrl':'https://h/p'}}"));
    }

    @Test
    void aResultCompletesAtOnce() throws Exception {
        answer(200, "{'result':{'url':'s3'}}");
        assertThat(start(Calls.TIMEOUT))
                .isEqualTo(new Started.Completed(Calls.json("{'url':'s3'}")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "null", "{}", "[]", "true", "{'accepted':false}", "{"})
    void whatIsNeitherAYesNorAResultIsRejected(String answer) throws Exception {
        answer(200, answer);
        assertRefused(start(Calls.TIMEOUT), "rejected", "The function's answer");
    }

    @Test
    void aFunctionsErrorIsARefusalInItsWords() throws Exception {
        answerError("no such report");
        assertRefused(start(Calls.TIMEOUT), "rejected", "no such report");
        assertThat(server.requests).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"429,rate_limited", "500,unreachable", "503,unreachable"})
    void whatPassesIsAskedAgainUntilTheDeadline(int status, String kind) throws Exception {
        answer(status, "{}");
        assertRefused(start(Calls.TIMEOUT), kind, "function");
        assertThat(server.requests).hasSizeGreaterThan(1);
    }

    @Test
    void aSecondAttemptMaySucceed() throws Exception {
        Deque<Integer> statuses = new ArrayDeque<>(List.of(429, 500, 200));
        server.on(
                "/",
                exchange ->
                        TestServer.answer(
                                exchange,
                                statuses.removeFirst(),
                                "application/json",
                                "{\"accepted\":true}"));
        assertThat(start(Calls.TIMEOUT)).isEqualTo(new Started.Accepted());
        assertThat(pauses).hasSize(2);
    }

    @Test
    void aFunctionThatIsNotThereIsRejectedWithoutTheAccountsNames() throws Exception {
        answer(404, "{'Message':'Function not found: arn:aws:lambda:1234:sum'}");
        assertThat(start(Calls.TIMEOUT))
                .isEqualTo(
                        new Started.Refused("rejected", "The function cannot be run (status 404)"));
    }

    @Test
    void nobodyThereIsUnreachable() throws Exception {
        server.close();
        assertRefused(start(Duration.ofSeconds(2)), "unreachable", "cannot be reached");
        assertThat(pauses).isNotEmpty();
    }

    @Test
    void tellsAnotherFunctionThatTheWorkIsNotWantedAnyMore() throws Exception {
        answer(200, "null");
        assertThat(cancel(Calls.TIMEOUT)).isEqualTo(new Told.Done());
        TestServer.Request request = server.requests.getFirst();
        assertThat(request.path()).isEqualTo("/2015-03-31/functions/forget/invocations");
        assertThat(Json.read(request.body()))
                .isEqualTo(
                        Calls.json(
                                "{'operationId':'operation-1','idempotencyKey':'key-1',"
                                        + "'tool':'build_report','reason':'timeout'}"));
        assertThat(
                        Json.read(
                                new String(
                                        Base64.getDecoder()
                                                .decode(request.header("X-Amz-Client-Context")),
                                        StandardCharsets.UTF_8)))
                .isEqualTo(Calls.json("{'custom':{'idempotencyKey':'key-1-cancel'}}"));
    }

    @Test
    void nobodyIsToldWithoutAFunction() throws Exception {
        answer(200, "null");
        assertThat(cancel(operation(null), Calls.TIMEOUT)).isEqualTo(new Told.NotConfigured());
        assertThat(server.requests).isEmpty();
    }

    @Test
    void aFunctionsErrorHasNotHeardTheCancel() throws Exception {
        answerError("the books are closed");
        assertRefused(cancel(Calls.TIMEOUT), "rejected", "the books are closed");
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void aFunctionThatIsNotThereHasNotHeardTheCancel() throws Exception {
        answer(404, "{'Message':'Function not found: arn:aws:lambda:1234:forget'}");
        assertThat(cancel(Calls.TIMEOUT))
                .isEqualTo(new Told.Refused("rejected", "The function cannot be run (status 404)"));
    }

    @ParameterizedTest
    @CsvSource({"429,rate_limited", "500,unreachable", "503,unreachable"})
    void aCancelIsToldAgainUntilTheDeadline(int status, String kind) throws Exception {
        answer(status, "{}");
        assertRefused(cancel(Calls.TIMEOUT), kind, "function");
        assertThat(server.requests).hasSizeGreaterThan(1);
    }

    @Test
    void aCancelWithoutTimeIsATimeout() throws Exception {
        assertRefused(cancel(Duration.ZERO), "timeout", "in time");
    }

    private void answer(int status, String body) {
        server.on(
                "/",
                exchange ->
                        TestServer.answer(
                                exchange, status, "application/json", body.replace('\'', '"')));
    }

    private void answerError(String message) {
        server.on(
                "/",
                exchange -> {
                    exchange.getResponseHeaders().set("X-Amz-Function-Error", "Unhandled");
                    TestServer.answer(
                            exchange,
                            200,
                            "application/json",
                            "{\"errorMessage\":\"%s\"}".formatted(message));
                });
    }

    private Told cancel(Duration time) throws InterruptedException {
        return cancel(operation("forget"), time);
    }

    private static Told cancel(LambdaOperation operation, Duration time)
            throws InterruptedException {
        return operation.cancel(
                new OperationId("operation-1"), "key-1", "timeout", Instant.now().plus(time));
    }

    private LambdaOperation operation(@Nullable String cancel) {
        ToolSpec spec = Calls.spec("build_report", Risk.LOW);
        return new LambdaOperation(
                spec, function(spec, "report"), cancel == null ? null : function(spec, cancel));
    }

    private LambdaFunction function(ToolSpec spec, String name) {
        return new LambdaFunction(
                spec,
                name,
                client,
                new Backoff(() -> Instant.now().plus(skipped), this::skip, new Random(1)));
    }

    private void skip(Duration time) {
        pauses.add(time);
        skipped = skipped.plus(time);
    }

    private Started start(Duration time) throws InterruptedException {
        return operation(null)
                .start(
                        Calls.of("{'rows':3}", Instant.now().plus(time)),
                        new OperationId("operation-1"),
                        new OperationStart.Callback(
                                URI.create("https://h/c"), URI.create("https://h/p"), null));
    }

    private static void assertRefused(Told told, String kind, String words) {
        assertThat(told)
                .isInstanceOfSatisfying(
                        Told.Refused.class,
                        refused -> {
                            assertThat(refused.kind()).isEqualTo(kind);
                            assertThat(refused.message()).contains(words);
                        });
    }

    private static void assertRefused(Started started, String kind, String words) {
        assertThat(started)
                .isInstanceOfSatisfying(
                        Started.Refused.class,
                        refused -> {
                            assertThat(refused.kind()).isEqualTo(kind);
                            assertThat(refused.message()).contains(words);
                        });
    }
}
