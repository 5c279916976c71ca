package io.holdfast.local.bedrock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.util.concurrent.TimeUnit.SECONDS;

import io.holdfast.local.bedrock.RealClient.Call;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import software.amazon.awssdk.services.bedrockruntime.model.ContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseResponse;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamOutput.EventType;
import software.amazon.awssdk.services.bedrockruntime.model.StopReason;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;

/** The stand-in as the ordinary client sees it. */
class BedrockServerTest {
    private RealClient real;

    @BeforeEach
    void start() throws IOException {
        real = new RealClient(0);
    }

    @AfterEach
    void stop() {
        real.close();
    }

    @Test
    void streamsEveryEventInOrder() {
        real.pacer.runFreely();

        Call call = real.ask("think first\ncount to 2\nuse clock {\"zone\":\"UTC\"}").finished();

        assertThat(call.types())
                .containsSubsequence(
                        EventType.MESSAGE_START,
                        EventType.CONTENT_BLOCK_DELTA,
                        EventType.CONTENT_BLOCK_STOP,
                        EventType.CONTENT_BLOCK_DELTA,
                        EventType.CONTENT_BLOCK_DELTA,
                        EventType.CONTENT_BLOCK_STOP,
                        EventType.CONTENT_BLOCK_START,
                        EventType.CONTENT_BLOCK_DELTA,
                        EventType.CONTENT_BLOCK_STOP,
                        EventType.MESSAGE_STOP,
                        EventType.METADATA)
                .doesNotContain(EventType.UNKNOWN_TO_SDK_VERSION)
                .startsWith(EventType.MESSAGE_START)
                .endsWith(EventType.METADATA);
        assertThat(call.text()).isEqualTo("1 2");
    }

    @Test
    void sendsEachTokenAsSoonAsItIsProduced() {
        Call call = real.ask("count to 3");

        await().until(() -> call.text().equals("1"));
        await().until(() -> real.pacer.waiting.get() == 1);
        assertThat(call.done()).isNotDone();

        real.pacer.steps.release();
        await().until(() -> call.text().equals("1 2"));
        assertThat(call.done()).isNotDone();

        real.pacer.steps.release();
        assertThat(call.finished().text()).isEqualTo("1 2 3");
    }

    @Test
    void stopsWhenTheClientCancelsInMidCount() {
        Call call = real.ask("count to 1000");
        await().until(() -> call.text().equals("1"));

        call.cancel();
        real.pacer.steps
                .release(); // this client closes its connection at the next bytes, not before

        await().until(() -> real.pacer.left.get() == 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hang", "hang after 3", "count to 9 every 60000 ms"})
    void stopsAtOnceWhenTheClientLeavesASilentModel(String text) throws IOException {
        real.pacer.steps.release(text.endsWith("3") ? 2 : 0);
        try (Socket _ = post(text)) {
            await().until(
                            () ->
                                    real.pacer.waiting.get() == 1
                                            && real.pacer.steps.availablePermits() == 0);
            assertThat(real.pacer.left.get()).isZero();
        }
        await().until(() -> real.pacer.left.get() == 1);
    }

    @Test
    void sendsEachChunkToItsEnd() throws IOException {
        try (Socket socket = post("count to 2")) {
            await().until(() -> real.pacer.waiting.get() == 1);
            await().until(() -> socket.getInputStream().available() > 0);

            byte[] soFar = socket.getInputStream().readNBytes(socket.getInputStream().available());

            assertThat(new String(soFar, StandardCharsets.ISO_8859_1))
                    .startsWith("HTTP/1.1 200 OK\r\n")
                    .contains("{\"text\":\"1\"}")
                    .endsWith("\r\n");
        }
    }

    /** Asks over a bare connection. */
    private Socket post(String text) throws IOException {
        byte[] body =
                "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"%s\"}]}]}"
                        .formatted(text)
                        .getBytes(StandardCharsets.UTF_8);
        byte[] head =
                """
                POST /model/a/converse-stream HTTP/1.1
                Host: localhost
                Content-Length: %d

                """
                        .formatted(body.length)
                        .replace("\n", "\r\n")
                        .getBytes(StandardCharsets.UTF_8);
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), real.server.url().getPort());
        socket.getOutputStream().write(head);
        socket.getOutputStream().write(body);
        return socket;
    }

    @Test
    void beginsTheMessageBeforeItHangs() {
        Call call = real.ask("hang");

        await().until(() -> call.types().equals(List.of(EventType.MESSAGE_START)));
        assertThat(call.done()).isNotDone();
    }

    @Test
    void answersManyAtOnce() {
        real.pacer.runFreely();

        List<Call> calls = IntStream.range(0, 40).mapToObj(_ -> real.ask("count to 20")).toList();

        assertThat(calls).allSatisfy(call -> assertThat(call.finished().text()).endsWith(" 20"));
    }

    @Test
    void decodesTheModelId() {
        real.pacer.runFreely();

        assertThat(real.ask("show model").finished().text()).isEqualTo(RealClient.MODEL);
    }

    @Test
    void foldsTheSameAnswerForConverse() {
        real.pacer.runFreely();

        ConverseResponse response =
                real.client
                        .converse(
                                c ->
                                        c.modelId(RealClient.MODEL)
                                                .messages(
                                                        RealClient.user(
                                                                "think first\nhello\nuse clock")))
                        .join();

        List<ContentBlock> content = response.output().message().content();
        assertThat(content).hasSize(3);
        assertThat(content.get(0).reasoningContent().reasoningText().text()).isNotEmpty();
        assertThat(content.get(1).text()).isEqualTo("You said: hello");
        assertThat(content.get(2).toolUse().name()).isEqualTo("clock");
        assertThat(content.get(2).toolUse().input().asMap()).isEmpty();
        assertThat(response.stopReason()).isEqualTo(StopReason.TOOL_USE);
        assertThat(response.usage().totalTokens())
                .isEqualTo(response.usage().inputTokens() + response.usage().outputTokens())
                .isPositive();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/model/a/invoke", "/model//converse", "/model/a/converse/b"})
    void knowsNoOtherOperation(String path) throws Exception {
        assertThat(post(path, "{}").statusCode()).isEqualTo(404);
    }

    @Test
    void refusesABodyThatIsTooLarge() throws Exception {
        HttpResponse<String> response = post("/model/a/converse", "x".repeat(20_000_001));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.body()).contains("larger than 20 MB");
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        try (HttpClient plain = HttpClient.newHttpClient()) {
            return plain.send(
                    HttpRequest.newBuilder(URI.create(real.server.url() + path))
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void endsWhatIsUnderWayWhenItCloses() {
        real.ask("hang");
        await().until(() -> real.pacer.waiting.get() == 1);

        real.server.close();

        await().atMost(5, SECONDS).until(() -> real.pacer.left.get() == 1);
    }

    @Test
    void saysSoWhenThePortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            assertThatThrownBy(() -> BedrockServer.start(taken.getLocalPort(), new ScriptModel()))
                    .isInstanceOf(IOException.class);
        }
    }
}
