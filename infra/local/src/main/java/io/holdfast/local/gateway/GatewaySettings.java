package io.holdfast.local.gateway;

import org.jspecify.annotations.Nullable;

import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/**
 * What a gateway serves.
 *
 * @param port the port on 127.0.0.1; 0 picks a free one
 * @param webSocketApi the WebSocket API, if there is one
 * @param httpApi the HTTP API, if there is one
 * @param limits sizes, times and counts
 * @param clock the time in events
 * @param random where connection and request ids come from
 */
public record GatewaySettings(
        int port,
        @Nullable WebSocketApi webSocketApi,
        @Nullable HttpApi httpApi,
        GatewayLimits limits,
        InstantSource clock,
        RandomGenerator random) {

    /** The limits of AWS, the system's clock and secure random ids. */
    public static GatewaySettings of(
            int port, @Nullable WebSocketApi webSocketApi, @Nullable HttpApi httpApi) {
        return new GatewaySettings(
                port,
                webSocketApi,
                httpApi,
                GatewayLimits.DEFAULT,
                InstantSource.system(),
                new SecureRandom());
    }

    /** The same with other limits. */
    public GatewaySettings withLimits(GatewayLimits limits) {
        return new GatewaySettings(port, webSocketApi, httpApi, limits, clock, random);
    }
}
