package io.holdfast.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;

class HandshakeTest {

    @Test
    void connectGetsTheEventThatAwsSends() {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions)) {
            SocketClient.connect(
                    gateway,
                    "/ws?token=a%20b&x=1&x=2",
                    SocketClient.HTTP
                            .newWebSocketBuilder()
                            .header("X-Twice", "1")
                            .header("X-Twice", "2"));

            JsonNode event = functions.eventsOf("Connect").getFirst();
            JsonNode context = event.path("requestContext");
            assertThat(context.path("routeKey").asText()).isEqualTo("$connect");
            assertThat(context.path("eventType").asText()).isEqualTo("CONNECT");
            assertThat(context.path("messageDirection").asText()).isEqualTo("IN");
            assertThat(context.path("connectionId").asText())
                    .matches("[A-Za-z0-9_-]{15}=")
                    .isEqualTo(gateway.connections().getFirst().connectionId());
            assertThat(context.path("requestId").asText())
                    .matches("[A-Za-z0-9_-]{15}=")
                    .isEqualTo(context.path("extendedRequestId").asText());
            assertThat(context.path("apiId").asText()).isEqualTo("ws0api");
            assertThat(context.path("stage").asText()).isEqualTo("local");
            assertThat(context.path("domainName").asText())
                    .isEqualTo("127.0.0.1:" + gateway.port());
            assertThat(context.path("connectedAt").isIntegralNumber()).isTrue();
            assertThat(context.path("requestTimeEpoch").isIntegralNumber()).isTrue();
            assertThat(context.path("requestTime").asText())
                    .matches("\\d\\d/[A-Z][a-z]{2}/\\d{4}:\\d\\d:\\d\\d:\\d\\d \\+0000");
            assertThat(context.path("identity").path("sourceIp").asText()).isEqualTo("127.0.0.1");
            assertThat(context.path("identity").path("userAgent").asText()).startsWith("Java-http");
            assertThat(context.has("messageId")).isFalse();
            assertThat(event.path("isBase64Encoded").asBoolean(true)).isFalse();

            assertThat(event.at("/queryStringParameters/token").asText()).isEqualTo("a b");
            assertThat(event.at("/queryStringParameters/x").asText()).isEqualTo("2");
            assertThat(event.at("/multiValueQueryStringParameters/x"))
                    .extracting(JsonNode::asText)
                    .containsExactly("1", "2");
            assertThat(event.at("/headers/X-Twice").asText()).isEqualTo("2");
            assertThat(event.at("/multiValueHeaders/X-Twice"))
                    .extracting(JsonNode::asText)
                    .containsExactly("1", "2");
            assertThat(event.at("/headers/Sec-WebSocket-Version").asText()).isEqualTo("13");
            assertThat(event.at("/headers").has("Upgrade")).isFalse();
        }
    }

    @Test
    void aHandshakeWithoutQueryHasNoQueryFields() {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions)) {
            SocketClient.connect(gateway);

            JsonNode event = functions.eventsOf("Connect").getFirst();
            assertThat(event.has("queryStringParameters")).isFalse();
            assertThat(event.has("multiValueQueryStringParameters")).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {400, 401, 403, 404, 429, 500})
    void theStatusOfConnectRefusesTheHandshake(int status) {
        FakeFunctions functions =
                TestGateway.functions().returning("Connect", "{\"statusCode\":" + status + "}");
        try (Gateway gateway = TestGateway.start(functions)) {
            assertThat(SocketClient.refusal(gateway, "/ws")).isEqualTo(status);
            assertThat(gateway.connections()).isEmpty();
            assertThat(functions.eventsOf("Disconnect")).isEmpty();
        }
    }

    @Test
    void theBodyOfARefusalReachesTheClient() throws Exception {
        FakeFunctions functions =
                TestGateway.functions()
                        .returning("Connect", "{\"statusCode\":401,\"body\":\"no token\"}");
        try (Gateway gateway = TestGateway.start(functions);
                RawClient raw = new RawClient(gateway)) {
            assertThat(raw.request("GET /ws HTTP/1.1", RawClient.UPGRADE + "Connection: close\r\n"))
                    .isEqualTo(401);
            assertThat(new String(raw.readAll(), StandardCharsets.UTF_8)).isEqualTo("no token");
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "\"ok\"",
                "{\"statusCode\":\"200\"}",
                "{\"statusCode\":200,\"extra\":1}",
                "not json"
            })
    void aMalformedAnswerOfConnectIsABadGateway(String answer) {
        FakeFunctions functions = TestGateway.functions().returning("Connect", answer);
        try (Gateway gateway = TestGateway.start(functions)) {
            assertThat(SocketClient.refusal(gateway, "/ws")).isEqualTo(502);
        }
    }

    @Test
    void aConnectFunctionThatThrowsIsABadGateway() {
        FakeFunctions functions =
                TestGateway.functions()
                        .on(
                                "Connect",
                                event -> {
                                    throw new IllegalStateException("boom");
                                });
        try (Gateway gateway = TestGateway.start(functions)) {
            assertThat(SocketClient.refusal(gateway, "/ws")).isEqualTo(502);
        }
    }

    @Test
    void aConnectFunctionThatTakesTooLongIsAGatewayTimeout() {
        CountDownLatch never = new CountDownLatch(1);
        FakeFunctions functions = TestGateway.functions().on("Connect", event -> waitFor(never));
        GatewayLimits limits =
                GatewayLimits.DEFAULT.with(l -> l.integrationTimeout = Duration.ofMillis(200));
        try (Gateway gateway = TestGateway.start(functions, limits)) {
            assertThat(SocketClient.refusal(gateway, "/ws")).isEqualTo(504);
        } finally {
            never.countDown();
        }
    }

    @Test
    void theSubprotocolThatConnectChoosesIsHonoured() {
        FakeFunctions functions =
                TestGateway.functions()
                        .returning(
                                "Connect",
                                "{\"statusCode\":200,"
                                        + "\"headers\":{\"Sec-WebSocket-Protocol\":\"chat.v2\"}}");
        try (Gateway gateway = TestGateway.start(functions)) {
            SocketClient client =
                    SocketClient.connect(
                            gateway,
                            "/ws",
                            SocketClient.HTTP
                                    .newWebSocketBuilder()
                                    .subprotocols("chat.v1", "chat.v2"));

            assertThat(client.socket().getSubprotocol()).isEqualTo("chat.v2");
            assertThat(
                            functions
                                    .eventsOf("Connect")
                                    .getFirst()
                                    .at("/headers/Sec-WebSocket-Protocol")
                                    .asText())
                    .contains("chat.v1", "chat.v2");
            assertThat(SocketClient.refusal(gateway, "/ws")).isEqualTo(502);
        }
    }

    @Test
    void noExtensionIsNegotiated() {
        try (Gateway gateway = TestGateway.start(TestGateway.functions());
                RawClient raw = new RawClient(gateway)) {
            String offer = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
            assertThat(raw.request("GET /ws HTTP/1.1", RawClient.UPGRADE + offer)).isEqualTo(101);
            // A compressed frame would need the extension: it is a protocol error without.
            raw.write(RawClient.frame(0xC1, new byte[] {1}));
            assertThat(raw.readCloseCode()).isEqualTo(1002);
        }
    }

    @ParameterizedTest
    @CsvSource({"GET,/ws,426", "HEAD,/ws,426", "POST,/ws,426", "GET,/ws/more,404"})
    void anOrdinaryRequestIsRefusedInWords(String method, String path, int status)
            throws Exception {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions)) {
            HttpResponse<String> response =
                    SocketClient.HTTP.send(
                            HttpRequest.newBuilder(URI.create(gateway.url() + path))
                                    .method(method, HttpRequest.BodyPublishers.noBody())
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(response.statusCode()).isEqualTo(status);
            assertThat(functions.eventsOf("Connect")).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Version: 13 | 400",
                "Upgrade: websocket~Connection: Upgrade~Sec-WebSocket-Version: 8~"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== | 426",
                "Upgrade: websocket~Sec-WebSocket-Version: 13~"
                        + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ== | 400",
                "Bad Header | 400"
            })
    void aMalformedUpgradeIsAClientError(String headers, int status) {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions);
                RawClient raw = new RawClient(gateway)) {
            assertThat(raw.request("GET /ws HTTP/1.1", headers.replace("~", "\r\n") + "\r\n"))
                    .isEqualTo(status);
            assertThat(functions.eventsOf("Connect")).isEmpty();
        }
    }

    @Test
    void anOverLongTokenIsAClientError() {
        try (Gateway gateway = TestGateway.start(TestGateway.functions());
                RawClient raw = new RawClient(gateway)) {
            String token = "x".repeat(20_000);
            assertThat(raw.request("GET /ws?token=" + token + " HTTP/1.1", RawClient.UPGRADE))
                    .isBetween(400, 499);
        }
    }

    @Test
    void moreConnectionsThanAllowedAreRefusedUntilOneLeaves() {
        GatewayLimits limits = GatewayLimits.DEFAULT.with(l -> l.maxConnections = 2);
        try (Gateway gateway = TestGateway.start(TestGateway.functions(), limits)) {
            SocketClient first = SocketClient.connect(gateway);
            SocketClient.connect(gateway);
            assertThat(SocketClient.refusal(gateway, "/ws")).isEqualTo(429);

            first.close();
            await().until(() -> gateway.connections().size() == 1);
            SocketClient.connect(gateway);
            assertThat(gateway.connections()).hasSize(2);
        }
    }

    @Test
    void refusedHandshakesGiveTheirPlaceBack() {
        FakeFunctions functions =
                TestGateway.functions().returning("Connect", "{\"statusCode\":401}");
        GatewayLimits limits = GatewayLimits.DEFAULT.with(l -> l.maxConnections = 1);
        try (Gateway gateway = TestGateway.start(functions, limits)) {
            assertThat(IntStream.range(0, 5).map(i -> SocketClient.refusal(gateway, "/ws")))
                    .containsOnly(401);
        }
    }

    @Test
    void withoutConnectRouteEveryoneMayComeIn() {
        WebSocketApi api = new WebSocketApi("api", "local", "/ws", "$request.body.type", Map.of());
        try (Gateway gateway =
                Gateway.start(
                        GatewaySettings.of(0, api, null), TestGateway.functions(), List.of())) {
            SocketClient.connect(gateway);
            assertThat(gateway.connections()).hasSize(1);
        }
    }

    static String waitFor(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return FakeFunctions.OK;
    }
}
