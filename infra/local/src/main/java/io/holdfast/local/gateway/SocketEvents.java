package io.holdfast.local.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The events of a WebSocket API, field by field as AWS sends them.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-websocket-api-mapping-template-reference.html">The
 *     request context</a>
 */
final class SocketEvents {
    private final WebSocketApi api;
    private final Workings workings;

    SocketEvents(WebSocketApi api, Workings workings) {
        this.api = api;
        this.workings = workings;
    }

    /** A handshake. */
    ObjectNode connect(
            ConnectionInfo connection,
            String requestId,
            Map<String, List<String>> headers,
            Map<String, List<String>> query) {
        ObjectNode event = Json.object();
        putMaps(event, "headers", "multiValueHeaders", headers);
        if (!query.isEmpty()) {
            putMaps(event, "queryStringParameters", "multiValueQueryStringParameters", query);
        }
        event.set(
                "requestContext", context(connection, requestId, WebSocketApi.CONNECT, "CONNECT"));
        return event.put("isBase64Encoded", false);
    }

    /** A message of one or more frames. */
    ObjectNode message(ConnectionInfo connection, String requestId, String routeKey, String body) {
        ObjectNode event = Json.object();
        event.set(
                "requestContext",
                context(connection, requestId, routeKey, "MESSAGE")
                        .put("messageId", workings.ids().next()));
        return event.put("body", body).put("isBase64Encoded", false);
    }

    /** The end of a connection. */
    ObjectNode disconnect(ConnectionInfo connection, int statusCode, String reason) {
        ObjectNode event = Json.object();
        Map<String, List<String>> headers = new TreeMap<>();
        headers.put("Host", List.of(workings.domainName()));
        headers.put("x-api-key", List.of(""));
        headers.put("X-Forwarded-For", List.of(""));
        headers.put("x-restapi", List.of(""));
        putMaps(event, "headers", "multiValueHeaders", headers);
        event.set(
                "requestContext",
                context(connection, workings.ids().next(), WebSocketApi.DISCONNECT, "DISCONNECT")
                        .put("disconnectStatusCode", statusCode)
                        .put("disconnectReason", reason));
        return event.put("isBase64Encoded", false);
    }

    /** The frame that the gateway sends in place of a function's: AWS's own words. */
    static String gatewayError(String message, ConnectionInfo connection, String requestId) {
        // Written by hand because AWS puts a space after "message": and none elsewhere.
        return "{\"message\": \"%s\", \"connectionId\":\"%s\", \"requestId\":\"%s\"}"
                .formatted(message, connection.connectionId(), requestId);
    }

    private ObjectNode context(
            ConnectionInfo connection, String requestId, String routeKey, String eventType) {
        Instant now = workings.clock().instant();
        ObjectNode context =
                Json.object()
                        .put("routeKey", routeKey)
                        .put("eventType", eventType)
                        .put("extendedRequestId", requestId)
                        .put("requestTime", EventTimes.format(now))
                        .put("messageDirection", "IN")
                        .put("stage", api.stage())
                        .put("connectedAt", connection.connectedAt().toEpochMilli())
                        .put("requestTimeEpoch", now.toEpochMilli())
                        .put("requestId", requestId)
                        .put("domainName", workings.domainName())
                        .put("connectionId", connection.connectionId())
                        .put("apiId", api.apiId());
        ObjectNode identity = context.putObject("identity");
        if (!connection.userAgent().isEmpty()) {
            identity.put("userAgent", connection.userAgent());
        }
        identity.put("sourceIp", connection.sourceIp());
        return context;
    }

    /** Both forms that AWS sends: the last value of each name, and all of them. */
    private static void putMaps(
            ObjectNode event, String single, String multi, Map<String, List<String>> values) {
        ObjectNode last = event.putObject(single);
        ObjectNode all = event.putObject(multi);
        values.forEach(
                (name, list) -> {
                    last.put(name, list.getLast());
                    list.forEach(all.withArray(name)::add);
                });
    }
}
