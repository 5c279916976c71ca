package io.holdfast.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.awscore.exception.AwsServiceException;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.apigatewaymanagementapi.ApiGatewayManagementApiClient;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.GetConnectionResponse;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.GoneException;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.LimitExceededException;
import software.amazon.awssdk.services.apigatewaymanagementapi.model.PayloadTooLargeException;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Through the real client of the AWS SDK. */
class ConnectionsApiTest {
    private final FakeFunctions functions = TestGateway.functions();
    private Gateway gateway = TestGateway.start(functions);

    @AfterEach
    void closeGateway() {
        gateway.close();
    }

    private void restart(GatewayLimits limits) {
        gateway.close();
        gateway = TestGateway.start(functions, limits);
    }

    private ApiGatewayManagementApiClient client() {
        return ApiGatewayManagementApiClient.builder()
                .endpointOverride(gateway.connectionsUrl())
                .region(Region.EU_CENTRAL_1)
                .credentialsProvider(
                        StaticCredentialsProvider.create(AwsBasicCredentials.create("id", "key")))
                .httpClient(UrlConnectionHttpClient.create())
                .overrideConfiguration(c -> c.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                .build();
    }

    private static void post(ApiGatewayManagementApiClient client, String id, String text) {
        client.postToConnection(r -> r.connectionId(id).data(SdkBytes.fromUtf8String(text)));
    }

    private String onlyConnection() {
        return gateway.connections().getFirst().connectionId();
    }

    @Test
    void aPostArrivesAsOneTextFrame() {
        SocketClient socket = SocketClient.connect(gateway);
        post(client(), onlyConnection(), "{\"hello\":\"wörld\"}");
        await().until(() -> socket.received.equals(List.of("{\"hello\":\"wörld\"}")));
    }

    @Test
    void postsGoToTheConnectionThatTheyName() {
        SocketClient first = SocketClient.connect(gateway);
        String firstId = onlyConnection();
        SocketClient second = SocketClient.connect(gateway);
        String secondId =
                gateway.connections().stream()
                        .map(ConnectionInfo::connectionId)
                        .filter(id -> !id.equals(firstId))
                        .findFirst()
                        .orElseThrow();

        post(client(), firstId, "one");
        post(client(), secondId, "two");

        await().until(() -> first.received.equals(List.of("one")));
        await().until(() -> second.received.equals(List.of("two")));
    }

    @Test
    void theApiIsAlsoThereWithoutTheStage() throws Exception {
        SocketClient socket = SocketClient.connect(gateway);
        HttpResponse<String> response =
                SocketClient.HTTP.send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                gateway.url()
                                                        + "/@connections/"
                                                        + onlyConnection().replace("=", "%3D")))
                                .POST(HttpRequest.BodyPublishers.ofString("plain"))
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(200);
        await().until(() -> socket.received.equals(List.of("plain")));
    }

    @Test
    void postsOfSeveralThreadsKeepTheOrderOfEach() throws Exception {
        SocketClient socket = SocketClient.connect(gateway);
        String id = onlyConnection();
        ApiGatewayManagementApiClient client = client();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            String name = "t" + t;
            threads.add(
                    Thread.startVirtualThread(
                            () -> {
                                for (int i = 0; i < 100; i++) {
                                    post(client, id, name + " " + i);
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }

        await().until(() -> socket.received.size() == 400);
        for (int t = 0; t < 4; t++) {
            String name = "t" + t + " ";
            List<String> own =
                    socket.received.stream().filter(text -> text.startsWith(name)).toList();
            List<String> expected = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                expected.add(name + i);
            }
            assertThat(own).isEqualTo(expected);
        }
    }

    @Test
    void aConnectionThatLeftIsGone() {
        SocketClient socket = SocketClient.connect(gateway);
        String id = onlyConnection();
        socket.close();
        await().until(() -> gateway.connections().isEmpty());

        ApiGatewayManagementApiClient client = client();
        assertThatThrownBy(() -> post(client, id, "x")).isInstanceOf(GoneException.class);
        assertThatThrownBy(() -> client.getConnection(r -> r.connectionId(id)))
                .isInstanceOf(GoneException.class);
        assertThatThrownBy(() -> client.deleteConnection(r -> r.connectionId(id)))
                .isInstanceOf(GoneException.class);
        assertThatThrownBy(() -> post(client, "never=", "x")).isInstanceOf(GoneException.class);
    }

    @Test
    void aConnectionIsGoneUntilConnectHasAnswered() {
        List<String> outcomes = new ArrayList<>();
        functions.on(
                "Connect",
                event -> {
                    String id = event.at("/requestContext/connectionId").asText();
                    try {
                        post(client(), id, "too early");
                        outcomes.add("posted");
                    } catch (GoneException e) {
                        outcomes.add("gone");
                    }
                    return FakeFunctions.OK;
                });
        SocketClient socket = SocketClient.connect(gateway);
        assertThat(outcomes).containsExactly("gone");
        post(client(), onlyConnection(), "now");
        await().until(() -> socket.received.equals(List.of("now")));
    }

    @Test
    void aMessageOver128KbIsTooLarge() {
        SocketClient socket = SocketClient.connect(gateway);
        String id = onlyConnection();
        assertThatThrownBy(() -> post(client(), id, "x".repeat(128 * 1024 + 1)))
                .isInstanceOf(PayloadTooLargeException.class);
        post(client(), id, "x".repeat(128 * 1024));
        await().until(() -> socket.received.size() == 1);
        assertThat(socket.received.getFirst()).hasSize(128 * 1024);
    }

    @Test
    void aThrottleRefusesUntilItIsLifted() {
        SocketClient socket = SocketClient.connect(gateway);
        String id = onlyConnection();
        AtomicInteger calls = new AtomicInteger();
        gateway.throttle(connection -> connection.equals(id) && calls.incrementAndGet() <= 2);

        ApiGatewayManagementApiClient client = client();
        assertThatThrownBy(() -> post(client, id, "a"))
                .isInstanceOfSatisfying(
                        LimitExceededException.class,
                        e -> assertThat(e.isThrottlingException()).isTrue());
        assertThatThrownBy(() -> post(client, id, "b")).isInstanceOf(LimitExceededException.class);
        post(client, id, "c");
        await().until(() -> socket.received.equals(List.of("c")));
    }

    @Test
    void aConnectionIsDescribed() {
        SocketClient.connect(gateway);
        ConnectionInfo info = gateway.connections().getFirst();
        GetConnectionResponse described =
                client().getConnection(r -> r.connectionId(info.connectionId()));
        assertThat(described.connectedAt()).isEqualTo(info.connectedAt());
        assertThat(described.lastActiveAt()).isAfterOrEqualTo(info.connectedAt());
        assertThat(described.identity().sourceIp()).isEqualTo("127.0.0.1");
        assertThat(described.identity().userAgent()).startsWith("Java-http");
    }

    @Test
    void aDeletedConnectionIsClosed() throws Exception {
        SocketClient socket = SocketClient.connect(gateway);
        client().deleteConnection(r -> r.connectionId(onlyConnection()));
        assertThat(socket.closed.get(5, TimeUnit.SECONDS)).isEqualTo(1000);
        await().until(() -> functions.eventsOf("Disconnect").size() == 1);
    }

    @Test
    void anotherMethodIsForbidden() throws Exception {
        SocketClient.connect(gateway);
        HttpResponse<String> response =
                SocketClient.HTTP.send(
                        HttpRequest.newBuilder(
                                        URI.create(
                                                gateway.connectionsUrl()
                                                        + "/@connections/"
                                                        + onlyConnection()))
                                .PUT(HttpRequest.BodyPublishers.noBody())
                                .build(),
                        HttpResponse.BodyHandlers.ofString());
        assertThat(response.statusCode()).isEqualTo(403);
    }

    @Test
    void aClientThatDoesNotReadHoldsUpOnlyItself() throws Exception {
        restart(
                GatewayLimits.DEFAULT.with(
                        l -> {
                            l.waitingPostsPerConnection = 3;
                            l.postTimeout = Duration.ofSeconds(1);
                        }));
        try (RawClient _ = RawClient.upgraded(gateway)) {
            await().until(() -> gateway.connections().size() == 1);
            String deafId = onlyConnection();
            ApiGatewayManagementApiClient client = client();
            String large = "z".repeat(128 * 1024);
            // What fits into the buffers of the operating system is taken; then it is full.
            assertThatThrownBy(
                            () -> {
                                for (int i = 0; i < 200; i++) {
                                    post(client, deafId, large);
                                }
                            })
                    .isInstanceOf(LimitExceededException.class);

            // No more than three posts wait; the others are refused at once.
            CountDownLatch done = new CountDownLatch(10);
            AtomicInteger refused = new AtomicInteger();
            for (int i = 0; i < 10; i++) {
                Thread.startVirtualThread(
                        () -> {
                            try {
                                post(client, deafId, large);
                            } catch (LimitExceededException e) {
                                refused.incrementAndGet();
                            }
                            done.countDown();
                        });
            }
            SocketClient reader = SocketClient.connect(gateway);
            String readerId =
                    gateway.connections().stream()
                            .map(ConnectionInfo::connectionId)
                            .filter(id -> !id.equals(deafId))
                            .findFirst()
                            .orElseThrow();
            for (int i = 0; i < 20; i++) {
                post(client, readerId, "n" + i);
            }
            await().until(() -> reader.received.size() == 20);
            assertThat(done.await(5, TimeUnit.SECONDS)).isTrue();
            assertThat(refused).hasValue(10);
        }
        await().until(() -> gateway.connections().size() == 1);
    }

    @Test
    void aPostThatWaitsLearnsThatItsConnectionBroke() {
        restart(GatewayLimits.DEFAULT.with(l -> l.postTimeout = Duration.ofSeconds(20)));
        try (RawClient _ = RawClient.upgraded(gateway)) {
            await().until(() -> gateway.connections().size() == 1);
            String deafId = onlyConnection();
            ApiGatewayManagementApiClient client = client();
            List<Throwable> failures = new CopyOnWriteArrayList<>();
            Thread poster =
                    Thread.startVirtualThread(
                            () -> {
                                try {
                                    while (true) {
                                        post(client, deafId, "z".repeat(128 * 1024));
                                    }
                                } catch (AwsServiceException e) {
                                    failures.add(e);
                                }
                            });
            assertThat(poster.isAlive()).isTrue();
            gateway.drop(deafId);
            await().until(() -> failures.size() == 1);
            assertThat(failures.getFirst()).isInstanceOf(GoneException.class);
        }
    }

    @Test
    void theErrorsHaveTheShapeOfAws() throws Exception {
        HttpResponse<byte[]> response =
                SocketClient.HTTP.send(
                        HttpRequest.newBuilder(
                                        URI.create(gateway.connectionsUrl() + "/@connections/x%3D"))
                                .POST(HttpRequest.BodyPublishers.ofString("x"))
                                .build(),
                        HttpResponse.BodyHandlers.ofByteArray());
        assertThat(response.statusCode()).isEqualTo(410);
        assertThat(response.headers().firstValue("x-amzn-ErrorType")).hasValue("GoneException");
        JsonNode body = Objects.requireNonNull(Json.parse(response.body()));
        assertThat(body.has("message")).isTrue();
    }
}
