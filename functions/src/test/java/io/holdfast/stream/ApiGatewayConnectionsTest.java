package io.holdfast.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Connections.Posted;
import io.holdfast.stream.TurnStream.Beginning;
import io.holdfast.stream.TurnStream.Subscription;
import io.holdfast.stream.TurnStream.Taken;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.retry.AwsRetryStrategy;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.apigatewaymanagementapi.ApiGatewayManagementApiClient;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.ForbiddenException;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

/** The real client against a server that answers as {@code @connections} does. */
class ApiGatewayConnectionsTest {
    private static final ConnectionId CONNECTION = new ConnectionId("L0SM9cOFvHcCIhw=");
    private static final byte[] FRAME = "{\"type\":\"pong\"}".getBytes(StandardCharsets.UTF_8);

    private final ManualClock clock = new ManualClock();
    private final Deque<Integer> statuses = new ArrayDeque<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<Duration> pauses = new ArrayList<>();
    private volatile @Nullable String throttled;
    private HttpServer server;
    private ApiGatewayManagementApiClient client;
    private ApiGatewayConnections connections;

    @BeforeEach
    void serve() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    String body =
                            new String(
                                    exchange.getRequestBody().readAllBytes(),
                                    StandardCharsets.UTF_8);
                    requests.add(exchange.getRequestURI().getPath() + " " + body);
                    int status = statuses.isEmpty() ? 200 : statuses.remove();
                    if (throttled != null
                            && exchange.getRequestURI().getPath().endsWith(throttled)) {
                        status = 429;
                    }
                    exchange.getResponseHeaders().add("x-amzn-ErrorType", errorType(status));
                    exchange.sendResponseHeaders(status, -1);
                    exchange.close();
                });
        server.start();
        client = client(URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/live"));
        connections = connections(client);
    }

    @AfterEach
    void stop() {
        client.close();
        server.stop(0);
    }

    @Test
    void aFrameIsPostedAsItIs() {
        assertThat(connections.post(CONNECTION, FRAME)).isEqualTo(new Posted.Accepted());
        assertThat(requests)
                .containsExactly("/live/@connections/L0SM9cOFvHcCIhw= {\"type\":\"pong\"}");
    }

    @Test
    void aConnectionThatIsGoneIsGone() {
        statuses.add(410);
        assertThat(connections.post(CONNECTION, FRAME)).isEqualTo(new Posted.Gone());
    }

    @Test
    void throttlingAndServerErrorsAreTriedAgain() {
        statuses.addAll(List.of(429, 500, 503));
        assertThat(connections.post(CONNECTION, FRAME)).isEqualTo(new Posted.Accepted());
        assertThat(requests).hasSize(4);
        assertThat(pauses).hasSize(3).isSorted();
        assertThat(pauses.getFirst()).isBetween(Duration.ofMillis(25), Duration.ofMillis(50));
    }

    @Test
    void attemptsAreBounded() {
        statuses.addAll(Collections.nCopies(20, 429));
        assertThat(connections.post(CONNECTION, FRAME))
                .isEqualTo(new Posted.Failed("status 429 after 5 attempts"));
        assertThat(requests).hasSize(5);
    }

    @Test
    void timeIsBoundedToo() {
        statuses.addAll(Collections.nCopies(20, 500));
        ApiGatewayConnections slow =
                new ApiGatewayConnections(
                        client, clock, new Random(1), time -> clock.advance(Duration.ofSeconds(2)));
        assertThat(slow.post(CONNECTION, FRAME))
                .isEqualTo(new Posted.Failed("status 500 after 3 attempts"));
    }

    @Test
    void aServerThatCannotBeReachedIsAFailure() {
        server.stop(0);
        assertThat(connections.post(CONNECTION, FRAME))
                .isEqualTo(new Posted.Failed("SdkClientException after 5 attempts"));
    }

    @Test
    void aFrameThatIsTooLargeIsABug() {
        statuses.add(413);
        assertThatThrownBy(() -> connections.post(CONNECTION, FRAME))
                .isInstanceOf(FrameTooLargeException.class)
                .hasMessageContaining(FRAME.length + " bytes")
                .hasMessageNotContaining("pong");
    }

    @Test
    void aMissingPermissionIsThrownAtOnce() {
        statuses.add(403);
        assertThatThrownBy(() -> connections.post(CONNECTION, FRAME))
                .isInstanceOf(ForbiddenException.class);
        assertThat(requests).hasSize(1);
    }

    @Test
    @Timeout(20)
    void aConnectionThatIsThrottledSlowsNoOtherAndGoesOnWithoutLoss() throws Exception {
        TurnId turn = new TurnId("turn-1234");
        StreamSettings settings = StreamSettings.DEFAULT;
        InMemoryTurnStream stream = new InMemoryTurnStream(settings);
        List<String> chunks = IntStream.range(0, 30).mapToObj(i -> "{\"n\":" + i + "}").toList();
        stream.create(turn, new Beginning(TurnStatus.COMPLETED, chunks, 1, 0), clock.instant());
        stream.adopt(
                turn, List.of(subscription("throttled"), subscription("other")), clock.instant());
        throttled = "throttled";
        CountDownLatch calm = new CountDownLatch(1);
        Connections patient =
                new ApiGatewayConnections(client, clock, new Random(1), time -> calm.await());
        Delivery delivery = new Delivery(stream, patient, clock, settings);
        Taken.Some taken = (Taken.Some) stream.take(turn, "finish", clock.instant());

        CompletableFuture<List<Delivered>> delivered =
                CompletableFuture.supplyAsync(
                        () ->
                                delivery.deliver(
                                        turn,
                                        taken.leased(),
                                        "finish",
                                        clock.instant().plusSeconds(10)));
        await().until(() -> posted("other").size() == 31);
        assertThat(posted("throttled")).hasSize(1);

        throttled = null;
        calm.countDown();
        assertThat(delivered.get()).hasOnlyElementsOfType(Delivered.Done.class);
        assertThat(posted("throttled").subList(1, 32)).isEqualTo(posted("other"));
    }

    /** What came for a connection, each post as often as it was tried. */
    private List<String> posted(String connection) {
        synchronized (requests) {
            return requests.stream()
                    .filter(request -> request.startsWith("/live/@connections/" + connection))
                    .map(request -> request.substring(request.indexOf(' ')))
                    .toList();
        }
    }

    private static Subscription subscription(String connection) {
        return new Subscription(
                new Subscriber(new ConnectionId(connection), new RequestId("r1")), 0, 0);
    }

    private ApiGatewayConnections connections(ApiGatewayManagementApiClient of) {
        return new ApiGatewayConnections(of, clock, new Random(1), pauses::add);
    }

    private static ApiGatewayManagementApiClient client(URI endpoint) {
        return ApiGatewayManagementApiClient.builder()
                .endpointOverride(endpoint)
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(
                                AwsBasicCredentials.create("test", "test")))
                .httpClient(UrlConnectionHttpClient.create())
                .overrideConfiguration(
                        config -> config.retryStrategy(AwsRetryStrategy.doNotRetry()))
                .build();
    }

    private static String errorType(int status) {
        return switch (status) {
            case 403 -> "ForbiddenException";
            case 410 -> "GoneException";
            case 413 -> "PayloadTooLargeException";
            case 429 -> "LimitExceededException";
            default -> "None";
        };
    }
}
