package io.holdfast.local.gateway;

import java.util.List;
import java.util.Map;

/** Gateways as the tests want them. */
final class TestGateway {
    /** Every route has a function named after it. */
    static final WebSocketApi SOCKET_API =
            new WebSocketApi(
                    "ws0api",
                    "local",
                    "/ws",
                    "$request.body.type",
                    Map.of(
                            "$connect", "Connect",
                            "$disconnect", "Disconnect",
                            "$default", "Default",
                            "send", "Send"));

    private TestGateway() {}

    static FakeFunctions functions() {
        return new FakeFunctions().ok("Connect", "Disconnect", "Default", "Send");
    }

    static Gateway start(FakeFunctions functions) {
        return start(functions, GatewayLimits.DEFAULT);
    }

    static Gateway start(FakeFunctions functions, GatewayLimits limits) {
        return Gateway.start(
                GatewaySettings.of(0, SOCKET_API, null).withLimits(limits), functions, List.of());
    }

    static Gateway http(FakeFunctions functions, HttpApi api, LocalRoute... extra) {
        return http(functions, api, GatewayLimits.DEFAULT, extra);
    }

    static Gateway http(
            FakeFunctions functions, HttpApi api, GatewayLimits limits, LocalRoute... extra) {
        return Gateway.start(
                GatewaySettings.of(0, null, api).withLimits(limits), functions, List.of(extra));
    }
}
