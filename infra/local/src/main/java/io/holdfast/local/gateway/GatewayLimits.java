package io.holdfast.local.gateway;

import java.time.Duration;
import java.util.function.Consumer;

/**
 * The gateway's limits; {@link #DEFAULT} has those of AWS, tests choose shorter ones.
 *
 * @param maxFrameBytes largest single frame that a client may send
 * @param maxMessageBytes largest message, in frames of a client together or in one post
 * @param integrationTimeout how long a WebSocket route's function may take
 * @param httpIntegrationTimeout how long an HTTP route's function may take
 * @param idleTimeout a connection without traffic in either direction is closed after this
 * @param maxConnectionAge every connection is closed after this
 * @param maxHttpBody largest body of an HTTP request, in bytes
 * @param maxConnections WebSocket connections at a time; the next handshake gets 429
 * @param inFlightPerConnection frames of one connection in functions at a time; at the bound the
 *     gateway stops reading the socket until one is done
 * @param waitingPostsPerConnection posts to one connection at a time, the one being written
 *     included; the next gets 429. At most this many messages are held in memory for a slow client
 * @param postTimeout how long a post waits for a slow client before it gets 429
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-execution-service-websocket-limits-table.html">WebSocket
 *     quotas</a> and <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html">HTTP
 *     API quotas</a>
 */
public record GatewayLimits(
        int maxFrameBytes,
        int maxMessageBytes,
        Duration integrationTimeout,
        Duration httpIntegrationTimeout,
        Duration idleTimeout,
        Duration maxConnectionAge,
        int maxHttpBody,
        int maxConnections,
        int inFlightPerConnection,
        int waitingPostsPerConnection,
        Duration postTimeout) {

    /** The limits of AWS, and ours where AWS names none (the last four). */
    public static final GatewayLimits DEFAULT =
            new GatewayLimits(
                    32 * 1024,
                    128 * 1024,
                    Duration.ofSeconds(29),
                    Duration.ofSeconds(30),
                    Duration.ofMinutes(10),
                    Duration.ofHours(2),
                    10 * 1024 * 1024,
                    10_000,
                    50,
                    100,
                    Duration.ofSeconds(5));

    /** Refuses what would stop all traffic. */
    public GatewayLimits {
        if (maxFrameBytes < 1
                || maxMessageBytes < maxFrameBytes
                || maxHttpBody < 0
                || maxConnections < 1
                || inFlightPerConnection < 1
                || waitingPostsPerConnection < 1) {
            throw new IllegalArgumentException("A limit is too small");
        }
    }

    /**
     * These limits with some changed: {@code DEFAULT.with(l -> l.idleTimeout =
     * Duration.ofSeconds(5))}.
     */
    public GatewayLimits with(Consumer<Draft> change) {
        Draft draft = new Draft(this);
        change.accept(draft);
        return draft.toLimits();
    }

    /** Limits that may still change. */
    public static final class Draft {
        public int maxFrameBytes;
        public int maxMessageBytes;
        public Duration integrationTimeout;
        public Duration httpIntegrationTimeout;
        public Duration idleTimeout;
        public Duration maxConnectionAge;
        public int maxHttpBody;
        public int maxConnections;
        public int inFlightPerConnection;
        public int waitingPostsPerConnection;
        public Duration postTimeout;

        private Draft(GatewayLimits limits) {
            maxFrameBytes = limits.maxFrameBytes;
            maxMessageBytes = limits.maxMessageBytes;
            integrationTimeout = limits.integrationTimeout;
            httpIntegrationTimeout = limits.httpIntegrationTimeout;
            idleTimeout = limits.idleTimeout;
            maxConnectionAge = limits.maxConnectionAge;
            maxHttpBody = limits.maxHttpBody;
            maxConnections = limits.maxConnections;
            inFlightPerConnection = limits.inFlightPerConnection;
            waitingPostsPerConnection = limits.waitingPostsPerConnection;
            postTimeout = limits.postTimeout;
        }

        private GatewayLimits toLimits() {
            return new GatewayLimits(
                    maxFrameBytes,
                    maxMessageBytes,
                    integrationTimeout,
                    httpIntegrationTimeout,
                    idleTimeout,
                    maxConnectionAge,
                    maxHttpBody,
                    maxConnections,
                    inFlightPerConnection,
                    waitingPostsPerConnection,
                    postTimeout);
        }
    }
}
