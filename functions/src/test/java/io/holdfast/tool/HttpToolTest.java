package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpHandler;

import io.holdfast.assistant.HeaderValue;
import io.holdfast.assistant.Risk;
import io.holdfast.assistant.ToolKind;
import io.holdfast.platform.Pause;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;

@Timeout(30)
class HttpToolTest {
    private static final String SECRET = "tok-5ecret";

    private final TestServer server = new TestServer();
    private final List<Duration> pauses = new ArrayList<>();
    private final Pause pause = pauses::add;
    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    void stop() {
        end.countDown();
        server.close();
    }

    @Test
    void postsTheInputWithItsHeadersAndTakesTheAnswer() throws Exception {
        server.on("/", json("{\"x\":1.25}"));
        assertThat(Calls.output(run("{'a':1}")).toString()).isEqualTo("{\"x\":1.25}");
        TestServer.Request request = server.requests.getFirst();
        assertThat(request.method()).isEqualTo("POST");
        assertThat(request.body()).isEqualTo("{\"a\":1}");
        assertThat(request.header("Content-Type")).isEqualTo("application/json");
        assertThat(request.header("Idempotency-Key")).isEqualTo("key-1");
        assertThat(request.header("X-Holdfast-Turn")).isEqualTo("turn-0001");
        assertThat(request.header("X-Holdfast-Session")).isEqualTo("session-1");
        assertThat(request.header("X-Holdfast-Call")).isEqualTo("call_1");
        assertThat(request.header("X-Plain")).isEqualTo("as it is");
        assertThat(request.header("Authorization")).isEqualTo("Bearer " + SECRET);
    }

    @Test
    void textBecomesAStringAnd204Null() throws Exception {
        server.on("/", answering(200, "text/plain; charset=utf-8", "grüße"));
        assertThat(Calls.output(run("{}")).textValue()).isEqualTo("grüße");
        server.on("/none", answering(204, "application/json", ""));
        assertThat(Calls.output(run("/none", "{}")).isNull()).isTrue();
        server.on("/vnd", answering(201, "application/vnd.x+json", "[1]"));
        assertThat(Calls.output(run("/vnd", "{}")).get(0).intValue()).isEqualTo(1);
        server.on("/empty", answering(200, "application/json", ""));
        assertThat(Calls.output(run("/empty", "{}")).isNull()).isTrue();
    }

    @Test
    void otherAnswersAreFailuresInWordsWithoutSecrets() throws Exception {
        server.on("/", answering(400, "text/plain", "no such thing, " + SECRET));
        assertThat(Calls.failure(run("{}")))
                .contains("400", "no such thing")
                .doesNotContain(SECRET);
        server.on("/long", answering(500, "text/plain", "x".repeat(100_000)));
        assertThat(Calls.failure(run("/long", "{}")).length()).isLessThan(1_000);
        server.on("/broken", answering(200, "application/json", "{"));
        assertThat(Calls.failure(run("/broken", "{}"))).contains("JSON");
        assertThat(server.requests).hasSize(3);
    }

    @Test
    void redirectsAreNotFollowed() throws Exception {
        server.on("/", moved("/there")).on("/there", json("1"));
        assertThat(Calls.failure(run("{}"))).contains("redirect", "302");
        assertThat(server.requests).hasSize(1);
    }

    @Test
    void anAnswerIsNeverLongerThanAgreed() throws Exception {
        server.on("/", answering(200, "text/plain", "x".repeat(1_000)));
        assertThat(Calls.output(run("{}")).textValue()).hasSize(1_000);
        server.on("/more", answering(200, "text/plain", "x".repeat(1_001)));
        assertThat(Calls.failure(run("/more", "{}"))).contains("1000 bytes");
        server.on("/endless", this::endless);
        assertThat(Calls.failure(run("/endless", "{}"))).contains("1000 bytes");
    }

    @Test
    void callsThatFoundNobodyAreMadeAgainWithTheSameKey() throws Exception {
        Deque<Integer> statuses = new ArrayDeque<>(List.of(503, 429, 200));
        server.on(
                "/",
                exchange ->
                        TestServer.answer(
                                exchange, statuses.removeFirst(), "application/json", "1"));
        assertThat(Calls.output(run("{}")).intValue()).isEqualTo(1);
        assertThat(server.requests)
                .extracting(request -> request.header("Idempotency-Key"))
                .containsExactly("key-1", "key-1", "key-1");
        assertThat(pauses).hasSize(2);
        assertThat(pauses.get(0)).isBetween(Duration.ofMillis(100), Duration.ofMillis(200));
        assertThat(pauses.get(1)).isBetween(Duration.ofMillis(200), Duration.ofMillis(400));
    }

    @Test
    void retriesEnd() throws Exception {
        server.on("/", answering(502, "text/plain", ""));
        assertThat(Calls.failure(run("{}"))).contains("502");
        assertThat(server.requests).hasSize(3);
    }

    @Test
    void retryAfterIsRespectedIfItFits() throws Exception {
        Deque<String> after = new ArrayDeque<>(List.of("7", "3600"));
        server.on(
                "/",
                exchange -> {
                    exchange.getResponseHeaders().set("Retry-After", after.removeFirst());
                    TestServer.answer(exchange, 429, "text/plain", "");
                });
        assertThat(Calls.failure(run("{}"))).contains("429");
        assertThat(pauses).containsExactly(Duration.ofSeconds(7));
        assertThat(server.requests).hasSize(2);
    }

    @Test
    void aRefusedConnectionIsTriedAgainAndThenAFailure() throws Exception {
        URI nobody = server.url("/");
        server.close();
        assertThat(Calls.failure(tool(nobody, true).run(Calls.of("{}"), Progress.NONE)))
                .contains("cannot be reached");
        assertThat(pauses).hasSize(2);
    }

    @Test
    void theDeadlineHoldsBeforeTheAnswer() throws Exception {
        server.on("/", exchange -> waitForTheEnd());
        assertThat(Calls.failure(run("/", "{}", Duration.ofMillis(300)))).contains("took longer");
    }

    @Test
    void theDeadlineHoldsWithinTheAnswer() throws Exception {
        server.on(
                "/",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "text/plain");
                    exchange.sendResponseHeaders(200, 0);
                    exchange.getResponseBody().write('x');
                    exchange.getResponseBody().flush();
                    waitForTheEnd();
                });
        assertThat(Calls.failure(run("/", "{}", Duration.ofMillis(500)))).contains("took longer");
    }

    @Test
    void anInterruptEndsTheCall() throws Exception {
        CompletableFuture<Void> arrived = new CompletableFuture<>();
        server.on(
                "/",
                exchange -> {
                    arrived.complete(null);
                    waitForTheEnd();
                });
        CompletableFuture<Throwable> outcome = new CompletableFuture<>();
        Thread caller =
                Thread.ofVirtual()
                        .start(
                                () -> {
                                    try {
                                        run("{}");
                                        outcome.complete(new AssertionError("not interrupted"));
                                    } catch (Throwable e) {
                                        outcome.complete(e);
                                    }
                                });
        arrived.join();
        caller.interrupt();
        assertThat(outcome.join()).isInstanceOf(InterruptedException.class);
    }

    @Test
    void linesAreReportedAsTheyComeAndTheLastIsTheOutput() throws Exception {
        CompletableFuture<Void> seen = new CompletableFuture<>();
        server.on(
                "/",
                exchange -> {
                    exchange.getResponseHeaders().set("Content-Type", "application/x-ndjson");
                    exchange.sendResponseHeaders(200, 0);
                    OutputStream body = exchange.getResponseBody();
                    body.write("{\"n\":1}\n\n{\"n\":2}\n".getBytes(StandardCharsets.UTF_8));
                    body.flush();
                    // The first is seen while the answer still goes on.
                    seen.join();
                    body.write("{\"n\":3}".getBytes(StandardCharsets.UTF_8));
                });
        List<JsonNode> reported = new ArrayList<>();
        ToolResult result =
                tool(server.url("/"), true)
                        .run(
                                Calls.of("{}"),
                                preliminary -> {
                                    reported.add(preliminary);
                                    seen.complete(null);
                                });
        assertThat(reported.toString()).isEqualTo("[{\"n\":1}, {\"n\":2}]");
        assertThat(Calls.output(result).toString()).isEqualTo("{\"n\":3}");
    }

    @Test
    void privateAddressesAreRefusedUnlessAllowed() throws Exception {
        server.on("/", json("1"));
        assertThat(Calls.failure(tool(server.url("/"), false).run(Calls.of("{}"), Progress.NONE)))
                .contains("public internet");
        assertThat(server.requests).isEmpty();
    }

    @Test
    void aSecretThatIsNoHeaderIsNotShown() {
        Secrets broken = reference -> "line\nbreak";
        assertThatThrownBy(
                        () ->
                                tool(server.url("/"), true, broken)
                                        .run(Calls.of("{}"), Progress.NONE))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("Authorization")
                .hasMessageNotContaining("break")
                .hasNoCause();
    }

    private ToolResult run(String input) throws InterruptedException {
        return run("/", input);
    }

    private ToolResult run(String path, String input) throws InterruptedException {
        return run(path, input, Calls.TIMEOUT);
    }

    private ToolResult run(String path, String input, Duration time) throws InterruptedException {
        return tool(server.url(path), true)
                .run(Calls.of(input, Instant.now().plus(time)), Progress.NONE);
    }

    private HttpTool tool(URI url, boolean allowPrivate) {
        return tool(url, allowPrivate, reference -> reference.equals("env:TOKEN") ? SECRET : "");
    }

    private HttpTool tool(URI url, boolean allowPrivate, Secrets secrets) {
        ToolSpec spec = Calls.spec("t", Risk.LOW);
        return new HttpTool(
                spec,
                new HttpEndpoint(
                        spec,
                        new ToolKind.Http(
                                url,
                                Map.of(
                                        "X-Plain", new HeaderValue.Plain("as it is"),
                                        "Authorization",
                                                new HeaderValue.Secret("env:TOKEN", "Bearer ")),
                                allowPrivate,
                                1_000,
                                2),
                        new GuardedHttp(GuardedHttp.lazyClient(), AddressGuard.SYSTEM),
                        secrets,
                        new Backoff(InstantSource.system(), pause, new Random(1))));
    }

    private static HttpHandler json(String body) {
        return answering(200, "application/json", body);
    }

    private static HttpHandler answering(int status, String type, String body) {
        return exchange -> TestServer.answer(exchange, status, type, body);
    }

    private static HttpHandler moved(String to) {
        return exchange -> {
            exchange.getResponseHeaders().set("Location", to);
            TestServer.answer(exchange, 302, "text/plain", "");
        };
    }

    private void endless(com.sun.net.httpserver.HttpExchange exchange) throws IOException {
        exchange.getResponseHeaders().set("Content-Type", "text/plain");
        exchange.sendResponseHeaders(200, 0);
        byte[] some = new byte[10_000];
        Arrays.fill(some, (byte) 'x');
        while (end.getCount() > 0) {
            exchange.getResponseBody().write(some);
        }
    }

    private void waitForTheEnd() {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
