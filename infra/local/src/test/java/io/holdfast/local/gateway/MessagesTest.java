package io.holdfast.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

class MessagesTest {

    @Test
    void aFrameReachesTheFunctionOfItsRoute() {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions)) {
            SocketClient client = SocketClient.connect(gateway);
            client.send("{\"type\":\"send\",\"text\":\"grüße\"}");

            await().until(() -> functions.eventsOf("Send").size() == 1);
            JsonNode event = functions.eventsOf("Send").getFirst();
            JsonNode context = event.path("requestContext");
            assertThat(event.path("body").asText())
                    .isEqualTo("{\"type\":\"send\",\"text\":\"grüße\"}");
            assertThat(event.path("isBase64Encoded").asBoolean(true)).isFalse();
            assertThat(event.has("headers")).isFalse();
            assertThat(context.path("routeKey").asText()).isEqualTo("send");
            assertThat(context.path("eventType").asText()).isEqualTo("MESSAGE");
            assertThat(context.path("messageId").asText()).matches("[A-Za-z0-9_-]{15}=");
            assertThat(context.path("connectionId").asText())
                    .isEqualTo(gateway.connections().getFirst().connectionId());
            assertThat(context.path("connectedAt").asLong())
                    .isEqualTo(gateway.connections().getFirst().connectedAt().toEpochMilli());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"type\":\"other\"}",
                "{\"type\":5}",
                "{\"type\":null}",
                "{\"type\":{\"send\":1}}",
                "{\"type\":\"$connect\"}",
                "{\"type\":\"$disconnect\"}",
                "{\"action\":\"send\"}",
                "[1]",
                "not json",
                "{\"type\":\"send\"} trailing",
                ""
            })
    void whatNamesNoRouteGoesToDefault(String body) {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions)) {
            SocketClient client = SocketClient.connect(gateway);
            client.send(body);

            await().until(() -> functions.eventsOf("Default").size() == 1);
            JsonNode event = functions.eventsOf("Default").getFirst();
            assertThat(event.path("body").asText()).isEqualTo(body);
            assertThat(event.at("/requestContext/routeKey").asText()).isEqualTo("$default");
            assertThat(client.received).isEmpty();
        }
    }

    @Test
    void theSelectionExpressionMayReachDeeper() {
        WebSocketApi api =
                new WebSocketApi(
                        "api",
                        "local",
                        "/ws",
                        "$request.body.head.kind",
                        Map.of("send", "Send", "$default", "Default"));
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway =
                Gateway.start(GatewaySettings.of(0, api, null), functions, List.of())) {
            SocketClient.connect(gateway).send("{\"head\":{\"kind\":\"send\"}}");
            await().until(() -> functions.eventsOf("Send").size() == 1);
        }
    }

    @Test
    void withoutDefaultRouteTheGatewayAnswersForbidden() {
        WebSocketApi api =
                new WebSocketApi(
                        "api", "local", "/ws", "$request.body.type", Map.of("send", "Send"));
        try (Gateway gateway =
                Gateway.start(
                        GatewaySettings.of(0, api, null), TestGateway.functions(), List.of())) {
            SocketClient client = SocketClient.connect(gateway);
            client.send("{\"type\":\"other\"}");

            await().until(() -> client.received.size() == 1);
            assertGatewayError(client, gateway, "Forbidden");
        }
    }

    @Test
    void aFunctionThatThrowsLeadsToTheGatewaysErrorFrame() {
        FakeFunctions functions =
                TestGateway.functions()
                        .on(
                                "Send",
                                event -> {
                                    throw new IllegalStateException("boom");
                                });
        assertInternalServerError(functions, GatewayLimits.DEFAULT);
    }

    @Test
    void aFunctionThatIsMissingLeadsToTheGatewaysErrorFrame() {
        FakeFunctions functions = new FakeFunctions().ok("Connect", "Disconnect", "Default");
        assertInternalServerError(functions, GatewayLimits.DEFAULT);
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "{}", "\"ok\"", "{\"statusCode\":200,\"Data\":\"x\"}"})
    void aMalformedAnswerLeadsToTheGatewaysErrorFrame(String answer) {
        FakeFunctions functions = TestGateway.functions().returning("Send", answer);
        assertInternalServerError(functions, GatewayLimits.DEFAULT);
    }

    @Test
    void aFunctionThatTakesTooLongLeadsToTheGatewaysErrorFrame() {
        CountDownLatch never = new CountDownLatch(1);
        FakeFunctions functions =
                TestGateway.functions().on("Send", event -> HandshakeTest.waitFor(never));
        assertInternalServerError(
                functions,
                GatewayLimits.DEFAULT.with(l -> l.integrationTimeout = Duration.ofMillis(200)));
        never.countDown();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"statusCode\":200,\"body\":\"never sent\"}",
                "{\"statusCode\":500,\"body\":\"never sent\"}"
            })
    void aFunctionsAnswerIsNeverSentToTheClient(String answer) {
        FakeFunctions functions = TestGateway.functions().returning("Send", answer);
        try (Gateway gateway = TestGateway.start(functions)) {
            SocketClient client = SocketClient.connect(gateway);
            client.send("{\"type\":\"send\"}");
            await().until(() -> functions.eventsOf("Send").size() == 1);
            // A later exchange on the same socket shows that nothing came before it.
            client.ping("after");
            await().until(() -> client.pongs.contains("after"));
            assertThat(client.received).isEmpty();
        }
    }

    @Test
    void aThousandFramesArriveAThousandTimes() {
        AtomicInteger running = new AtomicInteger();
        AtomicInteger mostAtOnce = new AtomicInteger();
        FakeFunctions functions =
                TestGateway.functions()
                        .on(
                                "Send",
                                event -> {
                                    mostAtOnce.accumulateAndGet(
                                            running.incrementAndGet(), Math::max);
                                    running.decrementAndGet();
                                    return FakeFunctions.OK;
                                });
        GatewayLimits limits = GatewayLimits.DEFAULT.with(l -> l.inFlightPerConnection = 8);
        try (Gateway gateway = TestGateway.start(functions, limits)) {
            SocketClient client = SocketClient.connect(gateway);
            for (int i = 0; i < 1000; i++) {
                client.send("{\"type\":\"send\",\"n\":" + i + "}");
            }

            await().until(() -> functions.eventsOf("Send").size() == 1000);
            assertThat(functions.eventsOf("Send"))
                    .extracting(event -> event.path("body").asText())
                    .containsExactlyInAnyOrderElementsOf(
                            IntStream.range(0, 1000)
                                    .mapToObj(i -> "{\"type\":\"send\",\"n\":" + i + "}")
                                    .toList());
            assertThat(mostAtOnce.get()).isBetween(1, 8);
        }
    }

    @Test
    void atTheBoundTheGatewayStopsReadingAndDropsNothing() {
        CountDownLatch gate = new CountDownLatch(1);
        FakeFunctions functions =
                TestGateway.functions().on("Send", event -> HandshakeTest.waitFor(gate));
        GatewayLimits limits = GatewayLimits.DEFAULT.with(l -> l.inFlightPerConnection = 3);
        try (Gateway gateway = TestGateway.start(functions, limits)) {
            SocketClient busy = SocketClient.connect(gateway);
            for (int i = 0; i < 20; i++) {
                busy.send("{\"type\":\"send\"}");
            }
            await().until(() -> functions.eventsOf("Send").size() == 3);

            // Another socket is served all the while.
            SocketClient.connect(gateway).send("hello");
            await().until(() -> functions.eventsOf("Default").size() == 1);
            assertThat(functions.eventsOf("Send")).hasSize(3);

            gate.countDown();
            await().until(() -> functions.eventsOf("Send").size() == 20);
        }
    }

    @Test
    void framesOfOneSocketRunAtTheSameTime() throws InterruptedException {
        CountDownLatch bothIn = new CountDownLatch(2);
        FakeFunctions functions =
                TestGateway.functions()
                        .on(
                                "Send",
                                event -> {
                                    bothIn.countDown();
                                    return HandshakeTest.waitFor(bothIn);
                                });
        try (Gateway gateway = TestGateway.start(functions)) {
            SocketClient client = SocketClient.connect(gateway);
            client.send("{\"type\":\"send\"}");
            client.send("{\"type\":\"send\"}");
            assertThat(bothIn.await(5, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void pingsAreAnswered() {
        try (Gateway gateway = TestGateway.start(TestGateway.functions())) {
            SocketClient client = SocketClient.connect(gateway);
            client.ping("are you there");
            await().until(() -> client.pongs.equals(List.of("are you there")));
        }
    }

    private static void assertInternalServerError(FakeFunctions functions, GatewayLimits limits) {
        try (Gateway gateway = TestGateway.start(functions, limits)) {
            SocketClient client = SocketClient.connect(gateway);
            client.send("{\"type\":\"send\"}");

            await().until(() -> client.received.size() == 1);
            assertGatewayError(client, gateway, "Internal server error");
            assertThat(client.closed).isNotDone();
        }
    }

    private static void assertGatewayError(SocketClient client, Gateway gateway, String message) {
        JsonNode error = client.lastJson();
        assertThat(error.path("message").asText()).isEqualTo(message);
        assertThat(error.path("connectionId").asText())
                .isEqualTo(gateway.connections().getFirst().connectionId());
        assertThat(error.path("requestId").asText()).matches("[A-Za-z0-9_-]{15}=");
        assertThat(error.size()).isEqualTo(3);
    }
}
