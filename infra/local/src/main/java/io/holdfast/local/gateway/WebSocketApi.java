package io.holdfast.local.gateway;

import java.util.Map;

/**
 * A WebSocket API: one path, and the function behind each route.
 *
 * @param apiId the API's id, as the functions see it in their events
 * @param stage the stage's name; also the first segment of {@link Gateway#connectionsUrl()}
 * @param path where clients connect, such as {@code /ws}
 * @param routeSelectionExpression where a frame names its route: {@code $request.body.type}, deeper
 *     paths included
 * @param routes route key to function name; {@code $connect}, {@code $disconnect} and {@code
 *     $default} have their own meaning and may each be left out
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html">Routes</a>
 */
public record WebSocketApi(
        String apiId,
        String stage,
        String path,
        String routeSelectionExpression,
        Map<String, String> routes) {

    static final String CONNECT = "$connect";
    static final String DISCONNECT = "$disconnect";
    static final String DEFAULT = "$default";

    /** Copies the routes; the path must be absolute. */
    public WebSocketApi {
        if (!path.startsWith("/")) {
            throw new IllegalArgumentException("The path must start with /: " + path);
        }
        routes = Map.copyOf(routes);
    }
}
