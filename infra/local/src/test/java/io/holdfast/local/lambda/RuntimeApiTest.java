package io.holdfast.local.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/** The Runtime API, as a runtime sees it. */
class RuntimeApiTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private final Events events = new Events();
    private final List<String> faults = new CopyOnWriteArrayList<>();
    private final HttpClient http = HttpClient.newHttpClient();
    private RuntimeApi api;

    @BeforeEach
    void start() throws IOException {
        api = new RuntimeApi("arn:f", events, faults::add, InstantSource.fixed(NOW));
    }

    @AfterEach
    void stop() {
        http.close();
        api.close();
    }

    @Test
    void givesAnInvocationWithItsHeaders() throws Exception {
        Invocation invocation = invocation("{\"a\":\"ü\"}");
        events.next.add(invocation);

        HttpResponse<String> response = get("invocation/next");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body()).isEqualTo("{\"a\":\"ü\"}");
        assertThat(header(response, "Lambda-Runtime-Aws-Request-Id")).isEqualTo(invocation.id());
        assertThat(header(response, "Lambda-Runtime-Deadline-Ms"))
                .isEqualTo(Long.toString(NOW.plusSeconds(30).toEpochMilli()));
        assertThat(header(response, "Lambda-Runtime-Invoked-Function-Arn")).isEqualTo("arn:f");
        assertThat(header(response, "Lambda-Runtime-Trace-Id"))
                .matches("Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0");
    }

    @Test
    void takesAResult() throws Exception {
        HttpResponse<String> response = post("invocation/known/response", "{\"b\":1}");

        assertThat(response.statusCode()).isEqualTo(202);
        assertThat(response.body()).isEqualTo("{\"status\":\"OK\"}");
        assertThat(events.answers).containsExactly("known {\"b\":1} null");
    }

    @Test
    void takesAnError() throws Exception {
        assertThat(post("invocation/known/error", "{\"errorType\":\"X\"}").statusCode())
                .isEqualTo(202);
        assertThat(events.answers).containsExactly("known {\"errorType\":\"X\"} Unhandled");
    }

    @Test
    void aResultOverSixMegabytesIsAnError() throws Exception {
        HttpResponse<String> response =
                post("invocation/known/response", "x".repeat(InProcessFunction.MAX_PAYLOAD + 1));

        assertThat(response.statusCode()).isEqualTo(413);
        assertThat(events.answers)
                .singleElement()
                .asString()
                .contains("Function.ResponseSizeTooLarge");
    }

    @Test
    void refusesTheResultOfAnInvocationThatDoesNotRunHere() throws Exception {
        HttpResponse<String> response = post("invocation/other/response", "{}");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("\"errorType\":\"InvalidRequestID\"");
    }

    @Test
    void tellsWhyAFunctionCannotStart() throws Exception {
        post("init/error", "{\"errorMessage\":\"MUST is not set\",\"errorType\":\"Y\"}");
        post("init/error", "{\"errorType\":\"Z\"}");
        post("init/error", "not JSON");

        assertThat(faults).containsExactly("MUST is not set", "Z", "unknown error");
    }

    @Test
    void hangsUpWhenTheSandboxHasEnded() {
        events.gone = true;

        assertThatThrownBy(() -> get("invocation/next")).isInstanceOf(IOException.class);
    }

    @Test
    void knowsNothingElse() throws Exception {
        assertThat(get("extension/register").statusCode()).isEqualTo(404);
        assertThat(get("init/error").statusCode()).isEqualTo(404);
        assertThat(get("").statusCode()).isEqualTo(404);
    }

    private static Invocation invocation(String event) {
        return new Invocation(
                event.getBytes(StandardCharsets.UTF_8), Duration.ofSeconds(30), () -> {});
    }

    private HttpResponse<String> get(String path) throws Exception {
        return send(HttpRequest.newBuilder(url(path)));
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return send(
                HttpRequest.newBuilder(url(path)).POST(HttpRequest.BodyPublishers.ofString(body)));
    }

    private URI url(String path) {
        return URI.create("http://" + api.address() + "/2018-06-01/runtime/" + path);
    }

    private HttpResponse<String> send(HttpRequest.Builder request) throws Exception {
        return http.send(
                request.timeout(Duration.ofSeconds(10)).build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private static String header(HttpResponse<String> response, String name) {
        return response.headers().firstValue(name).orElse("none");
    }

    /** A sandbox in which {@code known} runs. */
    private static final class Events implements SandboxEvents {
        private final BlockingQueue<Invocation> next = new LinkedBlockingQueue<>();
        private final List<String> answers = new CopyOnWriteArrayList<>();
        private volatile boolean gone;

        @Override
        public @Nullable Invocation next() throws InterruptedException {
            return gone ? null : next.take();
        }

        @Override
        public boolean answered(String requestId, InvocationResult result) {
            if (!requestId.equals("known")) {
                return false;
            }
            answers.add(
                    requestId
                            + " "
                            + new String(result.payload(), StandardCharsets.UTF_8)
                            + " "
                            + result.functionError());
            return true;
        }

        @Override
        public void ended(SandboxEnd end) {
            throw new AssertionError("the API cannot know");
        }
    }
}
