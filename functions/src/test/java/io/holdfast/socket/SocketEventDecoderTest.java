package io.holdfast.socket;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.Json;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Subscriber;
import io.holdfast.stream.TurnStream.Subscription;

import org.junit.jupiter.api.Test;

final class SocketEventDecoderTest {
    private static final ConnectionId CONNECTION = new ConnectionId("abc=");

    @Test
    void takesTheTokenFromTheQuery() {
        assertThat(
                        decode(
                                """
                                {"requestContext":{"connectionId":"abc=","eventType":"CONNECT"},
                                 "queryStringParameters":{"token":"t.o.k"}}\
                                """))
                .isEqualTo(new SocketEvent.Connect(CONNECTION, "t.o.k", null));
    }

    @Test
    void takesTheTokenFromASubprotocolAndConfirmsTheOther() {
        JsonNode event =
                Json.readStored(
                        """
                        {"requestContext":{"connectionId":"abc=","eventType":"CONNECT"},
                         "headers":{"Sec-WebSocket-Protocol":"holdfast, bearer.t.o.k"}}\
                        """);

        assertThat(SocketEventDecoder.decode(event))
                .isEqualTo(new SocketEvent.Connect(CONNECTION, "t.o.k", null));
        assertThat(SocketEventDecoder.offersSubprotocol(event)).isTrue();
    }

    @Test
    void tellsOfWhichSiteThePageIs() {
        assertThat(
                        decode(
                                """
                                {"requestContext":{"connectionId":"abc=","eventType":"CONNECT"},
                                 "headers":{"Origin":"https://app.example"}}\
                                """))
                .isEqualTo(new SocketEvent.Connect(CONNECTION, null, "https://app.example"));
    }

    @Test
    void aConnectWithoutATokenSaysSo() {
        assertThat(
                        decode(
                                "{\"requestContext\":{\"connectionId\":\"abc=\","
                                        + "\"eventType\":\"CONNECT\"},"
                                        + "\"queryStringParameters\":{\"token\":\"\"}}"))
                .isEqualTo(new SocketEvent.Connect(CONNECTION, null, null));
    }

    @Test
    void readsFramesAndTheEndOfAConnection() {
        assertThat(
                        decode(
                                "{\"requestContext\":{\"connectionId\":\"abc=\","
                                        + "\"eventType\":\"MESSAGE\"},\"body\":\"{}\"}"))
                .isEqualTo(new SocketEvent.Frame(CONNECTION, "{}"));
        assertThat(
                        decode(
                                "{\"requestContext\":{\"connectionId\":\"abc=\","
                                        + "\"eventType\":\"DISCONNECT\"}}"))
                .isEqualTo(new SocketEvent.Disconnect(CONNECTION));
    }

    @Test
    void readsItsOwnContinuation() {
        assertThat(
                        decode(
                                """
                                {"replay":{"turn":"turn_0001","connection":"abc=","request":"r1",
                                 "base":3,"cursor":41,"handovers":2}}\
                                """))
                .isEqualTo(
                        new SocketEvent.Replay(
                                new TurnId("turn_0001"),
                                new Subscription(
                                        new Subscriber(CONNECTION, new RequestId("r1")), 3, 41),
                                2));
    }

    @Test
    void refusesOtherEvents() {
        assertThatThrownBy(() -> decode("{\"requestContext\":{\"connectionId\":\"abc=\"}}"))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private static SocketEvent decode(String event) {
        return SocketEventDecoder.decode(Json.readStored(event));
    }
}
