package io.holdfast.socket;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Subscriber;
import io.holdfast.stream.TurnStream.Subscription;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;

/**
 * Decodes what the socket function is called with: events of a WebSocket API (Lambda Developer
 * Guide, "API Gateway WebSocket APIs"), and its own continuation.
 */
final class SocketEventDecoder {
    /** A client that cannot set a query offers two subprotocols: this one, and its token. */
    static final String SUBPROTOCOL = "holdfast";

    private static final String TOKEN_SUBPROTOCOL = "bearer.";

    private SocketEventDecoder() {}

    static SocketEvent decode(JsonNode event) {
        JsonNode replay = event.path("replay");
        if (replay.isObject()) {
            return new SocketEvent.Replay(
                    new TurnId(replay.path("turn").asText()),
                    new Subscription(
                            new Subscriber(
                                    new ConnectionId(replay.path("connection").asText()),
                                    new RequestId(replay.path("request").asText())),
                            replay.path("base").asLong(),
                            replay.path("cursor").asLong()),
                    replay.path("handovers").asInt());
        }
        JsonNode context = event.path("requestContext");
        ConnectionId connection = new ConnectionId(context.path("connectionId").asText());
        return switch (context.path("eventType").asText()) {
            case "CONNECT" ->
                    new SocketEvent.Connect(
                            connection, token(event), header(event, "origin").orElse(null));
            case "DISCONNECT" -> new SocketEvent.Disconnect(connection);
            case "MESSAGE" -> new SocketEvent.Frame(connection, event.path("body").asText(""));
            default -> throw new IllegalArgumentException("not an event of a WebSocket API");
        };
    }

    /** Whether the client speaks subprotocols and so wants one confirmed. */
    static boolean offersSubprotocol(JsonNode event) {
        return header(event, "sec-websocket-protocol")
                .map(offered -> Arrays.asList(offered.split("\\s*,\\s*")).contains(SUBPROTOCOL))
                .orElse(false);
    }

    private static @Nullable String token(JsonNode event) {
        JsonNode query = event.path("queryStringParameters").path("token");
        if (query.isTextual() && !query.textValue().isEmpty()) {
            return query.textValue();
        }
        return header(event, "sec-websocket-protocol").stream()
                .flatMap(offered -> Arrays.stream(offered.split("\\s*,\\s*")))
                .filter(protocol -> protocol.startsWith(TOKEN_SUBPROTOCOL))
                .map(protocol -> protocol.substring(TOKEN_SUBPROTOCOL.length()))
                .findFirst()
                .orElse(null);
    }

    private static Optional<String> header(JsonNode event, String name) {
        for (Map.Entry<String, JsonNode> header : event.path("headers").properties()) {
            if (header.getKey().equalsIgnoreCase(name)) {
                return Optional.of(header.getValue().asText());
            }
        }
        return Optional.empty();
    }
}
