package io.holdfast.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

class GatewayTest {

    @Test
    void aTakenPortIsNamed() throws Exception {
        try (ServerSocket other = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            GatewaySettings settings = GatewaySettings.of(other.getLocalPort(), null, null);
            assertThatThrownBy(() -> Gateway.start(settings, TestGateway.functions(), List.of()))
                    .isInstanceOf(PortTakenException.class)
                    .hasMessageContaining("Port " + other.getLocalPort() + " is taken");
        }
    }

    @Test
    void aPortIsFreeAgainAfterClose() {
        Gateway first = TestGateway.start(TestGateway.functions());
        SocketClient.connect(first);
        first.close();
        GatewaySettings settings = GatewaySettings.of(first.port(), TestGateway.SOCKET_API, null);
        try (Gateway second = Gateway.start(settings, TestGateway.functions(), List.of())) {
            assertThat(second.port()).isEqualTo(first.port());
            SocketClient.connect(second);
        }
    }

    @Test
    void closeSaysGoingAwayToEveryoneAndTellsTheFunctions() throws Exception {
        FakeFunctions functions = TestGateway.functions();
        Gateway gateway = TestGateway.start(functions);
        SocketClient one = SocketClient.connect(gateway);
        SocketClient two = SocketClient.connect(gateway);
        long start = System.nanoTime();
        try (RawClient deaf = RawClient.upgraded(gateway)) {
            gateway.close();
            assertThat(Duration.ofNanos(System.nanoTime() - start))
                    .isLessThan(Duration.ofSeconds(2));
            assertThat(deaf.readCloseCode()).isEqualTo(1001);
        }
        assertThat(one.closed.get(1, TimeUnit.SECONDS)).isEqualTo(1001);
        assertThat(two.closed.get(1, TimeUnit.SECONDS)).isEqualTo(1001);
        assertThat(functions.eventsOf("Disconnect")).hasSize(3);
        gateway.close();
    }

    @Test
    void closeDoesNotWaitForFunctionsThatHang() {
        CountDownLatch gate = new CountDownLatch(1);
        FakeFunctions functions =
                TestGateway.functions()
                        .on("Send", event -> HandshakeTest.waitFor(gate))
                        .on("Disconnect", event -> HandshakeTest.waitFor(gate));
        Gateway gateway = TestGateway.start(functions);
        SocketClient.connect(gateway).send("{\"type\":\"send\"}");
        await().until(() -> functions.eventsOf("Send").size() == 1);
        long start = System.nanoTime();
        gateway.close();
        assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(2));
        gate.countDown();
    }

    @Test
    void aDroppedConnectionBreaksWithoutACloseFrame() throws Exception {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions)) {
            SocketClient client = SocketClient.connect(gateway);
            String id = gateway.connections().getFirst().connectionId();

            assertThat(gateway.drop(id)).isTrue();

            assertThat(client.closed.get(5, TimeUnit.SECONDS)).isEqualTo(1006);
            await().until(() -> functions.eventsOf("Disconnect").size() == 1);
            JsonNode context = functions.eventsOf("Disconnect").getFirst().path("requestContext");
            assertThat(context.path("disconnectStatusCode").asInt()).isEqualTo(1006);
            assertThat(gateway.drop(id)).isFalse();
        }
    }

    @Test
    void aClientThatClosesIsReportedOnce() {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions)) {
            SocketClient client = SocketClient.connect(gateway);
            String id = gateway.connections().getFirst().connectionId();
            client.close();

            await().until(() -> functions.eventsOf("Disconnect").size() == 1);
            assertThat(gateway.connections()).isEmpty();
            JsonNode event = functions.eventsOf("Disconnect").getFirst();
            JsonNode context = event.path("requestContext");
            assertThat(context.path("routeKey").asText()).isEqualTo("$disconnect");
            assertThat(context.path("eventType").asText()).isEqualTo("DISCONNECT");
            assertThat(context.path("connectionId").asText()).isEqualTo(id);
            assertThat(context.path("disconnectStatusCode").asInt()).isEqualTo(1000);
            assertThat(context.path("disconnectReason").asText()).isEqualTo("bye");
            assertThat(event.path("headers").has("Host")).isTrue();
        }
        assertThat(functions.eventsOf("Disconnect")).hasSize(1);
    }

    @Test
    void aClientThatVanishesIsReportedOnce() {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions)) {
            SocketClient.connect(gateway).abort();
            await().until(() -> functions.eventsOf("Disconnect").size() == 1);
            JsonNode context = functions.eventsOf("Disconnect").getFirst().path("requestContext");
            assertThat(context.path("disconnectStatusCode").asInt()).isEqualTo(1006);
        }
        assertThat(functions.eventsOf("Disconnect")).hasSize(1);
    }

    @Test
    void aClientThatLeavesDuringConnectIsReportedAsWell() {
        CountDownLatch gate = new CountDownLatch(1);
        FakeFunctions functions =
                TestGateway.functions().on("Connect", event -> HandshakeTest.waitFor(gate));
        GatewayLimits limits = GatewayLimits.DEFAULT.with(l -> l.maxConnections = 1);
        try (Gateway gateway = TestGateway.start(functions, limits)) {
            try (RawClient raw = new RawClient(gateway)) {
                raw.write(
                        ("GET /ws HTTP/1.1\r\nHost: x\r\n" + RawClient.UPGRADE + "\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                await().until(() -> functions.eventsOf("Connect").size() == 1);
            }
            gate.countDown();
            await().until(() -> functions.eventsOf("Disconnect").size() == 1);
            // Its place is free again.
            await().until(() -> gateway.connections().isEmpty());
            SocketClient.connect(gateway);
        }
    }
}
