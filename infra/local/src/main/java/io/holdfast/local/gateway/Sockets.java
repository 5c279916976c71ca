package io.holdfast.local.gateway;

/** The parts of the WebSocket API: how clients come in, what they say, what they are told. */
record Sockets(
        WebSocketApi api,
        SocketHandshake handshake,
        SocketRoutes routes,
        ConnectionsApi connections) {}
