package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;

import io.holdfast.assistant.HeaderValue;
import io.holdfast.assistant.Risk;
import io.holdfast.assistant.ToolKind;
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

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

@NullMarked
@Timeout(30)
final class HttpOperationTest {
    private static final String SECRET = "tok-5ecret";

    private final TestServer server = new TestServer();
    private final List<Duration> pauses = new ArrayList<>();

    /** What was not waited out. */
    private Duration skipped = Duration.ZERO;

    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    void stop() {
        end.countDown();
        server.close();
    }

    @Test
    void tellsTheServiceWhatToDoAndWhereToCallBack() throws Exception {
        server.on("/", answering(202, "", ""));
        assertThat(start()).isEqualTo(new Started.Accepted());
        TestServer.Request request = server.requests.getFirst();
        assertThat(request.method()).isEqualTo("POST");
        assertThat(Json.read(request.body()))
                .isEqualTo(
                        Calls.json(
                                "{'operationId':'operation-1','idempotencyKey':'key-1',"
                                    + "'tool':'research','input':{'question':'why?'},'callback':{"
                                    + "'completeUrl':'https://h/operations/operation-1/complete',"
                                    + "'progressUrl':'https://h/operations/operation-1/progress',"
                                    + "'keyId':'3f1c00000000'}}"));
        assertThat(request.header("Content-Type")).isEqualTo("application/json");
        assertThat(request.header("Idempotency-Key")).isEqualTo("key-1");
        assertThat(request.header("X-Holdfast-Turn")).isEqualTo("turn-0001");
        assertThat(request.header("X-Holdfast-Call")).isEqualTo("call_1");
        assertThat(request.header("Authorization")).isEqualTo("Bearer " + SECRET);
    }

    @Test
    void noContentIsAlsoAYes() throws Exception {
        server.on("/", answering(204, "", ""));
        assertThat(start()).isEqualTo(new Started.Accepted());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "{'a':1}|{'a':1}",
                "{'result':[1,2]}|[1,2]",
                "{'result':null}|null",
                "{'result':1,'more':2}|{'result':1,'more':2}",
                "'text'|'text'",
                "[]|[]"
            })
    void aResultCompletesAtOnce(String answer, String result) throws Exception {
        server.on("/", answering(200, "application/json", answer.replace('\'', '"')));
        assertThat(start()).isEqualTo(new Started.Completed(Json.read(result.replace('\'', '"'))));
    }

    @ParameterizedTest
    @CsvSource({
        "400,validation",
        "422,validation",
        "401,rejected",
        "403,rejected",
        "404,rejected",
        "409,rejected",
        "410,rejected",
        "413,rejected",
        "302,rejected"
    })
    void aRefusalIsNotAskedAgain(int status, String kind) throws Exception {
        server.on("/", answering(status, "text/plain", "no: " + SECRET));
        assertRefused(start(), kind, String.valueOf(status));
        assertThat(server.requests).hasSize(1);
        assertThat(pauses).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "408,unreachable",
        "425,unreachable",
        "429,rate_limited",
        "500,unreachable",
        "501,unreachable",
        "503,unreachable"
    })
    void whatPassesIsAskedAgainWithTheSameKeyAndThenFails(int status, String kind)
            throws Exception {
        server.on("/", answering(status, "text/plain", "later"));
        assertRefused(start(), kind, "later");
        assertThat(server.requests)
                .extracting(request -> request.header("Idempotency-Key"))
                .containsExactly("key-1", "key-1", "key-1");
    }

    @Test
    void aSecondAttemptMaySucceed() throws Exception {
        Deque<Integer> statuses = new ArrayDeque<>(List.of(500, 429, 202));
        server.on(
                "/",
                exchange -> TestServer.answer(exchange, statuses.removeFirst(), "text/plain", ""));
        assertThat(start()).isEqualTo(new Started.Accepted());
    }

    @Test
    void nobodyThereIsUnreachable() throws Exception {
        URI nobody = server.url("/");
        server.close();
        assertRefused(start(nobody, true, Calls.TIMEOUT), "unreachable", "cannot be reached");
        assertThat(pauses).hasSize(2);
    }

    @Test
    void anAnswerThatBreaksOffIsAskedForAgain() throws Exception {
        server.on(
                "/",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "application/json");
                    exchange.sendResponseHeaders(200, 100);
                    exchange.getResponseBody().write('{');
                    exchange.getResponseBody().flush();
                });
        assertRefused(start(), "unreachable", "broke off");
        assertThat(server.requests).hasSize(3);
    }

    @Test
    void noAnswerInTimeIsATimeout() throws Exception {
        server.on(
                "/",
                exchange -> {
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        assertRefused(
                start(server.url("/"), true, Duration.ofMillis(300)), "timeout", "took longer");
        assertRefused(start(server.url("/"), true, Duration.ZERO), "timeout", "took longer");
    }

    @Test
    void whatIsNeitherAYesNorAResultIsRejected() throws Exception {
        server.on("/text", answering(200, "text/plain", "OK"))
                .on("/empty", answering(200, "application/json", ""))
                .on("/created", answering(201, "application/json", "{}"))
                .on("/broken", answering(200, "application/json", "{"))
                .on("/long", answering(200, "application/json", "\"" + "x".repeat(1000) + "\""));
        assertRefused(start("/text"), "rejected", "without JSON");
        assertRefused(start("/empty"), "rejected", "without JSON");
        assertRefused(start("/created"), "rejected", "201");
        assertRefused(start("/broken"), "rejected", "JSON");
        assertRefused(start("/long"), "rejected", "1000 bytes");
    }

    @Test
    void privateAddressesAreRefusedUnlessAllowed() throws Exception {
        server.on("/", answering(202, "", ""));
        assertRefused(start(server.url("/"), false, Calls.TIMEOUT), "rejected", "public internet");
        assertThat(server.requests).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 500})
    void aRefusalsWordsAreBounded(int status) throws Exception {
        server.on("/", answering(status, "text/plain", "x".repeat(100_000)));
        assertThat(start())
                .isInstanceOfSatisfying(
                        Started.Refused.class,
                        refused ->
                                assertThat(refused.message())
                                        .hasSizeLessThanOrEqualTo(Words.MAX_CHARACTERS));
    }

    @Test
    void tellsTheServiceThatTheWorkIsNotWantedAnyMore() throws Exception {
        server.on("/", answering(200, "text/plain", "OK"));
        assertThat(cancel("/cancel")).isEqualTo(new Told.Done());
        TestServer.Request request = server.requests.getFirst();
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.path()).isEqualTo("/cancel");
        assertThat(Json.read(request.body()))
                .isEqualTo(
                        Calls.json(
                                "{'operationId':'operation-1','idempotencyKey':'key-1',"
                                        + "'tool':'research','reason':'cancelled'}"));
        assertThat(request.header("Content-Type")).isEqualTo("application/json");
        assertThat(request.header("Authorization")).isEqualTo("Bearer " + SECRET);
    }

    @Test
    void aCancelIsNotMistakenForTheStart() throws Exception {
        server.on("/", answering(202, "", ""));
        assertThat(start()).isEqualTo(new Started.Accepted());
        assertThat(cancel("/")).isEqualTo(new Told.Done());
        assertThat(server.requests)
                .extracting(request -> request.header("Idempotency-Key"))
                .containsExactly("key-1", "key-1-cancel");
    }

    @ParameterizedTest
    @ValueSource(ints = {200, 201, 202, 204, 299, 404, 410})
    void aYesOrNoSuchWorkIsDone(int status) throws Exception {
        server.on("/", answering(status, "application/json", status == 204 ? "" : "{"));
        assertThat(cancel("/")).isEqualTo(new Told.Done());
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void nobodyIsToldWithoutAnAddress() throws Exception {
        HttpOperation deaf = operation(server.url("/"), null, true);
        assertThat(cancel(deaf, Calls.TIMEOUT)).isEqualTo(new Told.NotConfigured());
        assertThat(server.requests).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "400,validation",
        "401,rejected",
        "403,rejected",
        "405,rejected",
        "409,rejected",
        "302,rejected"
    })
    void aNoToACancelIsNotAskedAgain(int status, String kind) throws Exception {
        server.on("/", answering(status, "text/plain", "no: " + SECRET));
        assertRefused(cancel("/"), kind, String.valueOf(status));
        assertThat(server.requests).hasSize(1);
    }

    @ParameterizedTest
    @CsvSource({"408,unreachable", "429,rate_limited", "500,unreachable", "503,unreachable"})
    void aCancelIsToldAgainUntilTheDeadline(int status, String kind) throws Exception {
        server.on("/", answering(status, "text/plain", "later"));
        assertRefused(cancel("/"), kind, "later");
        assertThat(server.requests)
                .hasSizeGreaterThan(4)
                .extracting(request -> request.header("Idempotency-Key"))
                .containsOnly("key-1-cancel");
    }

    @Test
    void aSecondCancelMaySucceed() throws Exception {
        Deque<Integer> statuses = new ArrayDeque<>(List.of(500, 429, 503, 500, 204));
        server.on(
                "/",
                exchange -> TestServer.answer(exchange, statuses.removeFirst(), "text/plain", ""));
        assertThat(cancel("/")).isEqualTo(new Told.Done());
    }

    @Test
    void nobodyThereHearsNoCancel() throws Exception {
        URI nobody = server.url("/");
        server.close();
        HttpOperation operation = operation(nobody, nobody, true);
        assertRefused(cancel(operation, Calls.TIMEOUT), "unreachable", "cannot be reached");
        assertThat(pauses).hasSizeGreaterThan(2);
    }

    @Test
    void noAnswerToACancelInTimeIsATimeout() throws Exception {
        server.on(
                "/",
                exchange -> {
                    try {
                        end.await();
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        HttpOperation operation = operation(server.url("/"), server.url("/"), true);
        assertRefused(cancel(operation, Duration.ofMillis(300)), "timeout", "in time");
        assertRefused(cancel(operation, Duration.ZERO), "timeout", "in time");
    }

    @Test
    void aPrivateAddressHearsNoCancelUnlessAllowed() throws Exception {
        server.on("/", answering(202, "", ""));
        HttpOperation operation = operation(server.url("/"), server.url("/"), false);
        assertRefused(cancel(operation, Calls.TIMEOUT), "rejected", "public internet");
        assertThat(server.requests).isEmpty();
    }

    private Told cancel(String path) throws InterruptedException {
        return cancel(operation(server.url("/"), server.url(path), true), Calls.TIMEOUT);
    }

    private static Told cancel(HttpOperation operation, Duration time) throws InterruptedException {
        return operation.cancel(
                new OperationId("operation-1"), "key-1", "cancelled", Instant.now().plus(time));
    }

    private Started start() throws InterruptedException {
        return start("/");
    }

    private Started start(String path) throws InterruptedException {
        return start(server.url(path), true, Calls.TIMEOUT);
    }

    private Started start(URI url, boolean allowPrivate, Duration time)
            throws InterruptedException {
        return operation(url, null, allowPrivate)
                .start(
                        Calls.of("{'question':'why?'}", Instant.now().plus(time)),
                        new OperationId("operation-1"),
                        new OperationStart.Callback(
                                URI.create("https://h/operations/operation-1/complete"),
                                URI.create("https://h/operations/operation-1/progress"),
                                "3f1c00000000"));
    }

    private HttpOperation operation(URI url, @Nullable URI cancel, boolean allowPrivate) {
        ToolSpec spec = Calls.spec("research", Risk.LOW);
        ToolKind.Http kind =
                new ToolKind.Http(
                        url,
                        Map.of("Authorization", new HeaderValue.Secret("env:TOKEN", "Bearer ")),
                        allowPrivate,
                        1_000,
                        2);
        return new HttpOperation(
                spec,
                endpoint(spec, kind),
                cancel == null
                        ? null
                        : endpoint(spec, HttpOperation.cancels(kind, cancel.toString())));
    }

    private HttpEndpoint endpoint(ToolSpec spec, ToolKind.Http kind) {
        return new HttpEndpoint(
                spec,
                kind,
                new GuardedHttp(GuardedHttp.lazyClient(), AddressGuard.SYSTEM),
                reference -> SECRET,
                new Backoff(() -> Instant.now().plus(skipped), this::skip, new Random(1)));
    }

    private void skip(Duration time) {
        pauses.add(time);
        skipped = skipped.plus(time);
    }

    private static void assertRefused(Started started, String kind, String words) {
        assertThat(started)
                .isInstanceOfSatisfying(
                        Started.Refused.class,
                        refused -> {
                            assertThat(refused.kind()).isEqualTo(kind);
                            assertThat(refused.message()).contains(words).doesNotContain(SECRET);
                        });
    }

    private static void assertRefused(Told told, String kind, String words) {
        assertThat(told)
                .isInstanceOfSatisfying(
                        Told.Refused.class,
                        refused -> {
                            assertThat(refused.kind()).isEqualTo(kind);
                            assertThat(refused.message()).contains(words).doesNotContain(SECRET);
                        });
    }

    private static HttpHandler answering(int status, String type, String body) {
        return exchange -> TestServer.answer(exchange, status, type, body);
    }
}
