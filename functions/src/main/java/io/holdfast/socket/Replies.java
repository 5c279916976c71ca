package io.holdfast.socket;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.Json;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.session.SessionEvent;
import io.holdfast.stream.Connections;
import io.holdfast.stream.Connections.Posted;
import io.holdfast.stream.Frames;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers that are no part of a turn's stream.
 *
 * <p>A client that is gone does not need its answer. One that could not be posted is logged: the
 * client has a deadline of its own, and asks again.
 */
final class Replies {
    private static final Logger LOG = LoggerFactory.getLogger(Replies.class);

    private final Connections connections;

    Replies(Connections connections) {
        this.connections = connections;
    }

    void start(ConnectionId connection, RequestId request, long sequence) {
        post(connection, Frames.start(request, sequence));
    }

    /** What follows is a part of a turn, counted from 0 at its base. */
    void start(ConnectionId connection, RequestId request, long sequence, TurnId turn, long base) {
        post(connection, Frames.start(request, sequence, turn, base));
    }

    void noActive(ConnectionId connection, RequestId request) {
        post(connection, Frames.noActive(request));
    }

    void pong(ConnectionId connection, RequestId request) {
        post(connection, Frames.pong(request));
    }

    void event(ConnectionId connection, RequestId request, SessionEvent event) {
        post(connection, Frames.event(request, Json.write(event.json())));
    }

    /**
     * Says what is wrong.
     *
     * @param requestId as the client sent it, even if it is not a valid one; empty if it sent none
     */
    void error(ConnectionId connection, String requestId, String errorText) {
        post(connection, Frames.error(requestId, errorText));
    }

    private void post(ConnectionId connection, byte[] frame) {
        if (connections.post(connection, frame) instanceof Posted.Failed(String reason)) {
            LOG.warn("An answer could not be posted: {}", reason);
        }
    }
}
