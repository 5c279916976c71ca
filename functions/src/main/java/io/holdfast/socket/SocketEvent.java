package io.holdfast.socket;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStream.Subscription;

import org.jspecify.annotations.Nullable;

/** What the socket function is called for. */
sealed interface SocketEvent {

    /**
     * A client wants a connection.
     *
     * @param token who it is, absent if it does not say
     * @param origin of which site the page is, absent where it is no browser
     */
    record Connect(ConnectionId connection, @Nullable String token, @Nullable String origin)
            implements SocketEvent {}

    /** A connection has ended. */
    record Disconnect(ConnectionId connection) implements SocketEvent {}

    /** A frame has come. */
    record Frame(ConnectionId connection, String body) implements SocketEvent {}

    /**
     * A replay goes on that took longer than one invocation may.
     *
     * @param handovers how often it has gone on already
     */
    record Replay(TurnId turn, Subscription subscription, int handovers) implements SocketEvent {}
}
