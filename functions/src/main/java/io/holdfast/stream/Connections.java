package io.holdfast.stream;

import io.holdfast.platform.ConnectionId;

/** Posts frames to WebSocket connections. */
public interface Connections {

    /**
     * Posts one frame and waits until it is accepted.
     *
     * <p>Throttling and short outages are retried inside, bounded.
     *
     * @param frame JSON, at most 32 KB
     */
    Posted post(ConnectionId connection, byte[] frame);

    /** What became of a post. */
    sealed interface Posted {
        /** The gateway took it. */
        record Accepted() implements Posted {}

        /** The connection is gone for good. */
        record Gone() implements Posted {}

        /** It could not be posted now; the cursor stays, so that a later pump tries again. */
        record Failed(String reason) implements Posted {}
    }
}
