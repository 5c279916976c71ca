package io.holdfast.local.gateway;

import java.time.Instant;

/**
 * An open WebSocket connection.
 *
 * @param connectionId as the functions know it
 * @param connectedAt when its handshake came in
 * @param sourceIp the client's address
 * @param userAgent what the client calls itself; empty if it does not say
 */
public record ConnectionInfo(
        String connectionId, Instant connectedAt, String sourceIp, String userAgent) {}
