package io.holdfast.local.gateway;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * An HTTP API with Lambda integrations of payload format 2.0.
 *
 * @param apiId the API's id, as the functions see it in their events
 * @param stage the stage's name; {@code $default} for most. Paths are served without it
 * @param routes the routes, in any order
 * @param cors the cross-origin rules; absent, the gateway adds no CORS header
 */
public record HttpApi(String apiId, String stage, List<HttpRoute> routes, @Nullable Cors cors) {

    /** Copies the routes. */
    public HttpApi {
        routes = List.copyOf(routes);
    }
}
