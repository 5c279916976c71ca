package io.holdfast.local.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;

class SocketLimitsTest {
    private static final int FRAME = 32 * 1024;

    @Test
    void aFrameAtTheLimitPasses() {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions);
                RawClient raw = RawClient.upgraded(gateway)) {
            raw.sendText("x".repeat(FRAME));
            await().until(() -> functions.eventsOf("Default").size() == 1);
            assertThat(functions.eventsOf("Default").getFirst().path("body").asText())
                    .hasSize(FRAME);
        }
    }

    @Test
    void aFrameOverTheLimitIsExplainedAndCloses() {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions);
                RawClient raw = RawClient.upgraded(gateway)) {
            String start =
                    "{\"type\":\"send\",\"deep\":{\"requestId\":\"no\"},\"requestId\":\"r-1\",\"x\":\"";
            raw.sendText(start + "x".repeat(FRAME + 1 - start.length()));

            JsonNode help = Objects.requireNonNull(Json.parse(raw.read().payload()));
            assertThat(help.path("type").asText()).isEqualTo("error");
            assertThat(help.path("requestId").asText()).isEqualTo("r-1");
            assertThat(help.path("errorText").asText()).contains("32769 bytes", "at most 32768");
            assertThat(raw.readCloseCode()).isEqualTo(1009);
            assertThat(functions.eventsOf("Send")).isEmpty();
            await().until(() -> functions.eventsOf("Disconnect").size() == 1);
            assertThat(
                            functions
                                    .eventsOf("Disconnect")
                                    .getFirst()
                                    .at("/requestContext/disconnectStatusCode")
                                    .asInt())
                    .isEqualTo(1009);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"not json ", "[1,", "{\"requestId\":7,\"x\":\"", "{\"x\":\""})
    void theExplanationDoesWithoutARequestId(String start) {
        try (Gateway gateway = TestGateway.start(TestGateway.functions());
                RawClient raw = RawClient.upgraded(gateway)) {
            raw.sendText(start + "x".repeat(FRAME));
            JsonNode help = Objects.requireNonNull(Json.parse(raw.read().payload()));
            assertThat(help.path("requestId").asText("absent")).isEmpty();
            assertThat(raw.readCloseCode()).isEqualTo(1009);
        }
    }

    @Test
    void aFrameBeyondAnyReasonClosesWithoutExplanation() {
        try (Gateway gateway = TestGateway.start(TestGateway.functions());
                RawClient raw = RawClient.upgraded(gateway)) {
            // Only the header of a frame of 2 GB: it is refused before its payload is read.
            ByteBuffer header = ByteBuffer.allocate(15);
            header.put((byte) 0x81)
                    .put((byte) 0xFF)
                    .putLong(Integer.MAX_VALUE)
                    .putInt(0)
                    .put((byte) 'x');
            raw.write(header.array());
            assertThat(raw.readCloseCode()).isEqualTo(1009);
        }
    }

    @Test
    void aFrameOfTwoMebibytesIsNotReadToItsEnd() {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions);
                RawClient raw = RawClient.upgraded(gateway)) {
            // The client is still writing when it is cut, so it may not get to see the close frame.
            raw.tryWrite(RawClient.frame(0x81, new byte[2 * 1024 * 1024]));
            await().until(() -> functions.eventsOf("Disconnect").size() == 1);
            assertThat(
                            functions
                                    .eventsOf("Disconnect")
                                    .getFirst()
                                    .at("/requestContext/disconnectStatusCode")
                                    .asInt())
                    .isEqualTo(1009);
        }
    }

    @Test
    void aMessageOfSeveralFramesPasses() {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions)) {
            SocketClient client = SocketClient.connect(gateway);
            String part = "y".repeat(FRAME);
            client.sendPart(part, false);
            client.sendPart(part, false);
            client.ping("x");
            client.sendPart(part, false);
            client.sendPart(part, true);
            await().until(() -> functions.eventsOf("Default").size() == 1);
            assertThat(functions.eventsOf("Default").getFirst().path("body").asText())
                    .hasSize(4 * FRAME);
        }
    }

    @Test
    void aMessageOverTheLimitIsExplainedAndCloses() throws Exception {
        try (Gateway gateway = TestGateway.start(TestGateway.functions())) {
            SocketClient client = SocketClient.connect(gateway);
            client.sendPart("{\"requestId\":\"req-2\",\"x\":\"", false);
            for (int i = 0; i < 4; i++) {
                client.sendPart("y".repeat(FRAME), false);
            }
            assertThat(client.closed.get(5, TimeUnit.SECONDS)).isEqualTo(1009);
            assertThat(client.lastJson().path("requestId").asText()).isEqualTo("req-2");
            assertThat(client.lastJson().path("errorText").asText()).contains("This message has");
        }
    }

    @Test
    void aBinaryFrameClosesWith1003() throws Exception {
        FakeFunctions functions = TestGateway.functions();
        try (Gateway gateway = TestGateway.start(functions)) {
            SocketClient client = SocketClient.connect(gateway);
            client.socket().sendBinary(ByteBuffer.wrap(new byte[] {1, 2}), true).join();
            assertThat(client.closed.get(5, TimeUnit.SECONDS)).isEqualTo(1003);
            assertThat(functions.eventsOf("Default")).isEmpty();
        }
    }

    @Test
    void textThatIsNotUtf8ClosesWith1007() {
        try (Gateway gateway = TestGateway.start(TestGateway.functions());
                RawClient raw = RawClient.upgraded(gateway)) {
            raw.write(RawClient.frame(0x81, new byte[] {(byte) 0xC3, 0x28}));
            assertThat(raw.readCloseCode()).isEqualTo(1007);
        }
    }

    @Test
    void anUnmaskedFrameClosesWith1002() {
        try (Gateway gateway = TestGateway.start(TestGateway.functions());
                RawClient raw = RawClient.upgraded(gateway)) {
            raw.write(new byte[] {(byte) 0x81, 1, 'x'});
            assertThat(raw.readCloseCode()).isEqualTo(1002);
        }
    }

    @Test
    void anIdleConnectionGoesAway() throws Exception {
        FakeFunctions functions = TestGateway.functions();
        GatewayLimits limits =
                GatewayLimits.DEFAULT.with(l -> l.idleTimeout = Duration.ofMillis(300));
        try (Gateway gateway = TestGateway.start(functions, limits)) {
            SocketClient client = SocketClient.connect(gateway);
            assertThat(client.closed.get(5, TimeUnit.SECONDS)).isEqualTo(1001);
            await().until(() -> functions.eventsOf("Disconnect").size() == 1);
            assertThat(gateway.connections()).isEmpty();
        }
    }

    @Test
    void trafficKeepsAConnectionFromBeingIdle() throws Exception {
        FakeFunctions functions = TestGateway.functions();
        GatewayLimits limits =
                GatewayLimits.DEFAULT.with(l -> l.idleTimeout = Duration.ofSeconds(1));
        try (Gateway gateway = TestGateway.start(functions, limits)) {
            SocketClient client = SocketClient.connect(gateway);
            long start = System.nanoTime();
            await().pollInterval(Duration.ofMillis(100))
                    .until(
                            () -> {
                                client.send("still here");
                                return System.nanoTime() - start > 2_200_000_000L;
                            });
            assertThat(client.closed).isNotDone();
        }
    }

    @Test
    void anOldConnectionGoesAwayHoweverBusyItIs() {
        GatewayLimits limits =
                GatewayLimits.DEFAULT.with(l -> l.maxConnectionAge = Duration.ofMillis(300));
        try (Gateway gateway = TestGateway.start(TestGateway.functions(), limits)) {
            SocketClient client = SocketClient.connect(gateway);
            await().pollInterval(Duration.ofMillis(20))
                    .until(
                            () -> {
                                try {
                                    client.ping("x");
                                } catch (CompletionException e) {
                                    // It may close at any time: then, and only then, none goes out.
                                    assertThat(client.socket().isOutputClosed()).isTrue();
                                }
                                return client.closed.isDone();
                            });
            assertThat(client.closed).isCompletedWithValue(1001);
        }
    }
}
