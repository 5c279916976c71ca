package io.holdfast.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;

import io.holdfast.platform.ConnectionId;
import io.holdfast.stream.Connections.Posted;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

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

/** The real client against a server that answers as {@code @connections} does. */
class ApiGatewayConnectionsTest {
    private static final ConnectionId CONNECTION = new ConnectionId("L0SM9cOFvHcCIhw=");
    private static final byte[] FRAME = "{\"type\":\"pong\"}".getBytes(StandardCharsets.UTF_8);

    private final ManualClock clock = new ManualClock();
    private final Deque<Integer> statuses = new ArrayDeque<>();
    private final List<String> requests = Collections.synchronizedList(new ArrayList<>());
    private final List<Duration> pauses = new ArrayList<>();
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
