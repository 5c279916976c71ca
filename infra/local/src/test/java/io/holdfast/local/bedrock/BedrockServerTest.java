package io.holdfast.local.bedrock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import static java.util.concurrent.TimeUnit.SECONDS;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.reactivestreams.Subscriber;
import org.reactivestreams.Subscription;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.http.async.SdkAsyncHttpClient;
import software.amazon.awssdk.http.crt.AwsCrtAsyncHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.bedrockruntime.BedrockRuntimeAsyncClient;
import software.amazon.awssdk.services.bedrockruntime.model.AccessDeniedException;
import software.amazon.awssdk.services.bedrockruntime.model.BedrockRuntimeException;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ConversationRole;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseResponse;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamOutput;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamOutput.EventType;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamRequest;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamResponseHandler;
import software.amazon.awssdk.services.bedrockruntime.model.InternalServerException;
import software.amazon.awssdk.services.bedrockruntime.model.Message;
import software.amazon.awssdk.services.bedrockruntime.model.ModelErrorException;
import software.amazon.awssdk.services.bedrockruntime.model.ModelStreamErrorException;
import software.amazon.awssdk.services.bedrockruntime.model.ModelTimeoutException;
import software.amazon.awssdk.services.bedrockruntime.model.ResourceNotFoundException;
import software.amazon.awssdk.services.bedrockruntime.model.ServiceUnavailableException;
import software.amazon.awssdk.services.bedrockruntime.model.StopReason;
import software.amazon.awssdk.services.bedrockruntime.model.ThrottlingException;
import software.amazon.awssdk.services.bedrockruntime.model.ValidationException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/** The stand-in as the ordinary client sees it: the one that the functions use. */
class BedrockServerTest {
    private static final String MODEL =
            "arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.test.model-v1:0";

    private final SteppedPacer pacer = new SteppedPacer();
    private BedrockServer server;
    private SdkAsyncHttpClient http;
    private BedrockRuntimeAsyncClient client;

    /** Goes on as often as the test allows. */
    private static final class SteppedPacer implements Pacer {
        final Semaphore steps = new Semaphore(0);
        final AtomicInteger waiting = new AtomicInteger();
        final AtomicInteger left = new AtomicInteger();

        @Override
        public void pause(Duration duration) throws InterruptedException {
            waiting.incrementAndGet();
            try {
                steps.acquire();
            } catch (InterruptedException e) {
                left.incrementAndGet();
                throw e;
            } finally {
                waiting.decrementAndGet();
            }
        }

        void runFreely() {
            steps.release(1_000_000);
        }
    }

    @BeforeEach
    void start() throws IOException {
        server =
                BedrockServer.start(
                        0, new ScriptModel(pacer, () -> "tooluse_" + UUID.randomUUID()));
        http = AwsCrtAsyncHttpClient.create();
        client = client(0);
    }

    private BedrockRuntimeAsyncClient client(int retries) {
        return BedrockRuntimeAsyncClient.builder()
                .endpointOverride(server.url())
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("a", "b")))
                .httpClient(http)
                .overrideConfiguration(
                        c ->
                                c.retryStrategy(
                                        DefaultRetryStrategy.standardStrategyBuilder()
                                                .maxAttempts(retries + 1)
                                                .build()))
                .build();
    }

    @AfterEach
    void stop() {
        client.close();
        http.close();
        server.close();
    }

    /** One call under way. */
    private record Call(
            List<ConverseStreamOutput> events,
            CompletableFuture<Void> done,
            CompletableFuture<Subscription> subscription) {

        /** Cancelling the future would leave the connection open: aws-sdk-java-v2#6876. */
        void cancel() {
            subscription.join().cancel();
        }

        String text() {
            StringBuilder text = new StringBuilder();
            events.forEach(
                    event ->
                            event.accept(
                                    ConverseStreamResponseHandler.Visitor.builder()
                                            .onContentBlockDelta(
                                                    e -> {
                                                        if (e.delta().text() != null) {
                                                            text.append(e.delta().text());
                                                        }
                                                    })
                                            .build()));
            return text.toString();
        }

        List<EventType> types() {
            return events.stream().map(ConverseStreamOutput::sdkEventType).toList();
        }

        Call finished() {
            done.copy().orTimeout(10, SECONDS).join();
            return this;
        }
    }

    /** Takes every event. */
    private record Collector(
            List<ConverseStreamOutput> events, CompletableFuture<Subscription> subscription)
            implements Subscriber<ConverseStreamOutput> {
        @Override
        public void onSubscribe(Subscription started) {
            subscription.complete(started);
            started.request(Long.MAX_VALUE);
        }

        @Override
        public void onNext(ConverseStreamOutput event) {
            events.add(event);
        }

        @Override
        public void onError(Throwable failure) {} // the call's future has it

        @Override
        public void onComplete() {}
    }

    private Call ask(String text) {
        return ask(client, text);
    }

    private static Call ask(BedrockRuntimeAsyncClient client, String text) {
        List<ConverseStreamOutput> events = new CopyOnWriteArrayList<>();
        ConverseStreamRequest request =
                ConverseStreamRequest.builder().modelId(MODEL).messages(user(text)).build();
        CompletableFuture<Subscription> subscription = new CompletableFuture<>();
        CompletableFuture<Void> done =
                client.converseStream(
                        request,
                        ConverseStreamResponseHandler.builder()
                                .onEventStream(
                                        stream ->
                                                stream.subscribe(
                                                        new Collector(events, subscription)))
                                .build());
        return new Call(events, done, subscription);
    }

    private static Message user(String text) {
        return Message.builder()
                .role(ConversationRole.USER)
                .content(ContentBlock.fromText(text))
                .build();
    }

    @Test
    void streamsEveryEventInOrder() {
        pacer.runFreely();

        Call call = ask("think first\ncount to 2\nuse clock {\"zone\":\"UTC\"}").finished();

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
        Call call = ask("count to 3");

        await().until(() -> call.text().equals("1"));
        await().until(() -> pacer.waiting.get() == 1);
        assertThat(call.done()).isNotDone();

        pacer.steps.release();
        await().until(() -> call.text().equals("1 2"));
        assertThat(call.done()).isNotDone();

        pacer.steps.release();
        assertThat(call.finished().text()).isEqualTo("1 2 3");
    }

    @Test
    void stopsWhenTheClientCancelsInMidCount() {
        Call call = ask("count to 1000");
        await().until(() -> call.text().equals("1"));

        call.cancel();
        pacer.steps.release(); // this client closes its connection at the next bytes, not before

        await().until(() -> pacer.left.get() == 1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"hang", "hang after 3", "count to 9 every 60000 ms"})
    void stopsAtOnceWhenTheClientLeavesASilentModel(String text) throws IOException {
        pacer.steps.release(text.endsWith("3") ? 2 : 0);
        try (Socket _ = post(text)) {
            await().until(() -> pacer.waiting.get() == 1 && pacer.steps.availablePermits() == 0);
            assertThat(pacer.left.get()).isZero();
        }
        await().until(() -> pacer.left.get() == 1);
    }

    @Test
    void sendsEachChunkToItsEnd() throws IOException {
        try (Socket socket = post("count to 2")) {
            await().until(() -> pacer.waiting.get() == 1);
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
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.url().getPort());
        socket.getOutputStream().write(head);
        socket.getOutputStream().write(body);
        return socket;
    }

    @Test
    void beginsTheMessageBeforeItHangs() {
        Call call = ask("hang");

        await().until(() -> call.types().equals(List.of(EventType.MESSAGE_START)));
        assertThat(call.done()).isNotDone();
    }

    @Test
    void answersManyAtOnce() {
        pacer.runFreely();

        List<Call> calls = IntStream.range(0, 40).mapToObj(_ -> ask("count to 20")).toList();

        assertThat(calls).allSatisfy(call -> assertThat(call.finished().text()).endsWith(" 20"));
    }

    @Test
    void decodesTheModelId() {
        pacer.runFreely();

        assertThat(ask("show model").finished().text()).isEqualTo(MODEL);
    }

    @ParameterizedTest
    @CsvSource({
        "throttled, 429",
        "unavailable, 503",
        "internal, 500",
        "timeout, 408",
        "access, 403",
        "missing, 404",
        "validation, 400",
        "context, 400"
    })
    void failsBeforeTheStreamAsBedrockDoes(String way, int status) {
        Class<?> expected =
                switch (way) {
                    case "throttled" -> ThrottlingException.class;
                    case "unavailable" -> ServiceUnavailableException.class;
                    case "internal" -> InternalServerException.class;
                    case "timeout" -> ModelTimeoutException.class;
                    case "access" -> AccessDeniedException.class;
                    case "missing" -> ResourceNotFoundException.class;
                    default -> ValidationException.class;
                };

        Call call = ask("fail " + way);

        assertThatThrownBy(() -> call.finished())
                .cause()
                .isInstanceOf(expected)
                .satisfies(
                        e -> {
                            BedrockRuntimeException failure = (BedrockRuntimeException) e;
                            assertThat(failure.statusCode()).isEqualTo(status);
                            assertThat(failure.requestId()).isNotEmpty();
                            assertThat(failure.awsErrorDetails().errorMessage()).isNotEmpty();
                        });
        assertThat(call.events()).isEmpty();
    }

    @Test
    void failsInMidStreamAfterFiveTokensAndRecovers() {
        pacer.runFreely();

        Call failing = ask("fail midstream 1 times");
        assertThatThrownBy(failing::finished).cause().isInstanceOf(ModelStreamErrorException.class);
        assertThat(failing.text()).isEqualTo("1 2 3 4 5");

        assertThat(ask("fail midstream 1 times").finished().text()).isEqualTo("recovered");
    }

    @Test
    void failsWithinTheStreamOnceItHasBegun() {
        pacer.runFreely();

        assertThatThrownBy(() -> ask("count to 2\nfail throttled").finished())
                .cause()
                .isInstanceOf(ThrottlingException.class);
        assertThatThrownBy(() -> ask("count to 2\nfail timeout").finished())
                .cause()
                .isInstanceOfSatisfying(
                        ModelStreamErrorException.class,
                        e -> assertThat(e.originalStatusCode()).isEqualTo(408));
    }

    @Test
    void recoversWithinTheRetriesOfTheClient() {
        pacer.runFreely();
        try (BedrockRuntimeAsyncClient retrying = client(2)) {
            assertThat(ask(retrying, "fail throttled 2 times").finished().text())
                    .isEqualTo("recovered");
        }
    }

    @ParameterizedTest
    @CsvSource({"drop, ''", "drop after 3, 1 2 3"})
    void dropsTheConnectionWithoutAnEnd(String order, String text) {
        pacer.runFreely();

        Call call = ask(order);

        assertThatThrownBy(call::finished).cause().isInstanceOf(SdkClientException.class);
        assertThat(call.text()).isEqualTo(text);
        assertThat(call.types()).doesNotContain(EventType.MESSAGE_STOP);
    }

    @Test
    void foldsTheSameAnswerForConverse() {
        pacer.runFreely();

        ConverseResponse response =
                client.converse(
                                c ->
                                        c.modelId(MODEL)
                                                .messages(user("think first\nhello\nuse clock")))
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

    @Test
    void failsConverseWholeWhereTheStreamWouldBreak() {
        pacer.runFreely();

        assertThatThrownBy(
                        () ->
                                client.converse(
                                                c ->
                                                        c.modelId(MODEL)
                                                                .messages(user("fail midstream")))
                                        .join())
                .cause()
                .isInstanceOf(ModelErrorException.class);
    }

    @Test
    void refusesARequestThatBedrockWouldRefuse() {
        assertThatThrownBy(() -> ask(" ").finished())
                .cause()
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("messages.0.content.0 is blank");
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
                    HttpRequest.newBuilder(URI.create(server.url() + path))
                            .POST(HttpRequest.BodyPublishers.ofString(body))
                            .build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    @Test
    void survivesABackendThatBreaks() throws Exception {
        ModelBackend broken =
                (_, _) -> {
                    throw new IllegalStateException("secret");
                };
        try (BedrockServer other = BedrockServer.start(0, broken);
                HttpClient plain = HttpClient.newHttpClient()) {
            HttpResponse<String> response =
                    plain.send(
                            HttpRequest.newBuilder(URI.create(other.url() + "/model/a/converse"))
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"a\"}]}]}"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(response.headers().firstValue("x-amzn-errortype"))
                    .contains("InternalServerException");
            assertThat(response.body()).doesNotContain("secret");
        }
    }

    @Test
    void endsWhatIsUnderWayWhenItCloses() {
        ask("hang");
        await().until(() -> pacer.waiting.get() == 1);

        server.close();

        await().atMost(5, SECONDS).until(() -> pacer.left.get() == 1);
    }

    @Test
    void saysSoWhenThePortIsTaken() throws IOException {
        try (ServerSocket taken = new ServerSocket(0)) {
            assertThatThrownBy(() -> BedrockServer.start(taken.getLocalPort(), new ScriptModel()))
                    .isInstanceOf(IOException.class);
        }
    }
}
