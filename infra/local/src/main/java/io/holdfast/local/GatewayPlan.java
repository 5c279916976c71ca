package io.holdfast.local;

import io.holdfast.local.gateway.Cors;
import io.holdfast.local.gateway.GatewayLimits;
import io.holdfast.local.gateway.GatewaySettings;
import io.holdfast.local.gateway.HttpApi;
import io.holdfast.local.gateway.HttpRoute;
import io.holdfast.local.gateway.WebSocketApi;
import io.holdfast.local.template.Model;
import io.holdfast.local.template.Resource;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** The template's APIs as the gateway serves them: one of each kind on one port. */
final class GatewayPlan {
    /** On AWS each API has a host of its own; here this path tells the WebSocket API apart. */
    private static final String SOCKET_PATH = "/ws";

    private GatewayPlan() {}

    static GatewaySettings settings(int port, GatewayLimits limits, Model model) {
        return GatewaySettings.of(
                        port,
                        webSocket(only(model.all(Resource.WebSocketApi.class))),
                        http(only(model.all(Resource.HttpApi.class))))
                .withLimits(limits);
    }

    private static <T extends Resource> @Nullable T only(List<T> apis) {
        if (apis.size() > 1) {
            throw new StartException(
                    "Only one API of a kind can run here, and the template has "
                            + String.join(
                                    ", ",
                                    apis.stream().map(Resource::logicalId).sorted().toList()));
        }
        return apis.isEmpty() ? null : apis.getFirst();
    }

    private static @Nullable WebSocketApi webSocket(Resource.@Nullable WebSocketApi api) {
        return api == null
                ? null
                : new WebSocketApi(
                        api.logicalId(),
                        api.stage(),
                        SOCKET_PATH,
                        api.routeSelection(),
                        api.routes());
    }

    private static @Nullable HttpApi http(Resource.@Nullable HttpApi api) {
        if (api == null) {
            return null;
        }
        List<HttpRoute> routes =
                api.routes().stream()
                        .map(r -> new HttpRoute(r.method(), r.path(), r.functionName()))
                        .toList();
        return new HttpApi(api.logicalId(), api.stage(), routes, cors(api.cors()));
    }

    private static @Nullable Cors cors(Resource.HttpApi.@Nullable Cors cors) {
        return cors == null
                ? null
                : new Cors(
                        cors.origins(),
                        cors.methods(),
                        cors.headers(),
                        cors.exposed(),
                        (int) cors.maxAge().toSeconds(),
                        cors.credentials());
    }
}
