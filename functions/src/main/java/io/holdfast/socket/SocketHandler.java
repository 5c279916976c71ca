package io.holdfast.socket;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.access.Identification;
import io.holdfast.access.Origins;
import io.holdfast.platform.ConfigReader;
import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.Json;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.Optional;

/**
 * The socket function: every route of the WebSocket API.
 *
 * <p>Frames are answered by frames of their own; what it returns matters for {@code $connect}
 * alone, where 401 and 403 refuse the handshake.
 */
public final class SocketHandler implements RequestStreamHandler {
    private final Sockets sockets;
    private final Origins origins;

    /** On Lambda. */
    public SocketHandler() {
        this(System.getenv());
    }

    /** With an environment of its own, several in one process. */
    public SocketHandler(Map<String, String> environment) {
        this.sockets = SocketFunction.from(environment);
        this.origins = Origins.from(new ConfigReader(environment));
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context)
            throws IOException {
        JsonNode event = Json.MAPPER.readTree(input);
        ObjectNode answer = Json.object().put("statusCode", 200);
        switch (SocketEventDecoder.decode(event)) {
            case SocketEvent.Connect(ConnectionId connection, String token, String origin) -> {
                if (!origins.admit(origin)) {
                    answer = refusal(403, "Forbidden", "pages of this site may not connect");
                } else if (sockets.connect(connection, Optional.ofNullable(token))
                        instanceof Identification.Unknown(String reason)) {
                    answer = refusal(401, "Unauthorized", reason);
                } else if (SocketEventDecoder.offersSubprotocol(event)) {
                    answer.putObject("headers")
                            .put("Sec-WebSocket-Protocol", SocketEventDecoder.SUBPROTOCOL);
                }
            }
            case SocketEvent.Disconnect(ConnectionId connection) -> sockets.disconnect(connection);
            case SocketEvent.Frame(ConnectionId connection, String body) ->
                    sockets.frame(connection, body);
            case SocketEvent.Replay replay -> sockets.replay(replay);
        }
        Json.MAPPER.writeValue(output, answer);
    }

    /** A problem (RFC 9457), for clients that can read the answer to a refused handshake. */
    private static ObjectNode refusal(int status, String title, String reason) {
        ObjectNode answer = Json.object().put("statusCode", status);
        answer.putObject("headers").put("Content-Type", "application/problem+json");
        return answer.put(
                "body",
                Json.write(
                        Json.object()
                                .put("title", title)
                                .put("status", status)
                                .put("detail", reason)));
    }
}
