package io.holdfast.local.gateway;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.CloseStatus;
import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.function.Predicate;

/**
 * The {@code @connections} API: posts to a connection, describes it, closes it.
 *
 * @see <a href="https://docs.aws.amazon.com/apigatewaymanagementapi/latest/APIReference/">API
 *     Gateway Management API</a>
 */
final class ConnectionsApi {
    private static final String SEGMENT = "/@connections/";

    private final String stagePrefix;
    private final GatewayLimits limits;
    private final ConnectionRegistry registry;
    private volatile Predicate<String> throttle = connectionId -> false;

    ConnectionsApi(String stage, GatewayLimits limits, ConnectionRegistry registry) {
        stagePrefix = "/" + stage + SEGMENT;
        this.limits = limits;
        this.registry = registry;
    }

    void throttle(Predicate<String> throttle) {
        this.throttle = throttle;
    }

    /** The connection id in the path, or null if the path is not of this API. */
    @Nullable String connectionIn(String decodedPath) {
        for (String prefix : new String[] {stagePrefix, SEGMENT}) {
            if (decodedPath.startsWith(prefix)) {
                return decodedPath.substring(prefix.length());
            }
        }
        return null;
    }

    /** Answers the request; a post blocks until it is written. */
    void handle(String connectionId, Request request, Response response, Callback callback)
            throws IOException {
        byte[] body = Bodies.read(request, limits.maxMessageBytes());
        if (body == null) {
            error(response, callback, 413, "PayloadTooLargeException", "Message too large");
            return;
        }
        if (throttle.test(connectionId)) {
            limitExceeded(response, callback, "Rate exceeded");
            return;
        }
        SocketConnection connection = registry.find(connectionId);
        if (connection == null || !connection.awaitOpen()) {
            gone(response, callback);
            return;
        }
        switch (request.getMethod()) {
            case "POST" -> post(connection, body, response, callback);
            case "GET" -> Answers.json(response, callback, HttpStatus.OK_200, describe(connection));
            case "DELETE" -> {
                connection.close(CloseStatus.NORMAL, "Connection Closed Normally");
                Answers.bytes(response, callback, HttpStatus.NO_CONTENT_204, new byte[0]);
            }
            default ->
                    error(
                            response,
                            callback,
                            403,
                            "ForbiddenException",
                            "Missing Authentication Token");
        }
    }

    private static void post(
            SocketConnection connection, byte[] body, Response response, Callback callback) {
        switch (connection.post(body)) {
            case Posted.Written _ ->
                    Answers.bytes(response, callback, HttpStatus.OK_200, new byte[0]);
            case Posted.Gone _ -> gone(response, callback);
            // Also AWS's name for "the WebSocket client side buffer is full".
            case Posted.Busy _ -> limitExceeded(response, callback, "The client reads too slowly");
        }
    }

    private static byte[] describe(SocketConnection connection) {
        ConnectionInfo info = connection.info();
        var description =
                Json.object()
                        .put("connectedAt", info.connectedAt().toString())
                        .put("lastActiveAt", connection.lastActive().toString());
        description
                .putObject("identity")
                .put("sourceIp", info.sourceIp())
                .put("userAgent", info.userAgent());
        return Json.bytes(description);
    }

    private static void gone(Response response, Callback callback) {
        error(response, callback, 410, "GoneException", "The connection is gone");
    }

    private static void limitExceeded(Response response, Callback callback, String message) {
        error(response, callback, 429, "LimitExceededException", message);
    }

    private static void error(
            Response response, Callback callback, int status, String type, String message) {
        response.getHeaders().put("x-amzn-ErrorType", type);
        Answers.message(response, callback, status, message);
    }
}
