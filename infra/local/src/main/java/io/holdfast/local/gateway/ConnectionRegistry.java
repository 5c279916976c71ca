package io.holdfast.local.gateway;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/**
 * The connections by id, from the moment when {@code $connect} has said yes to their end. Before
 * and after, a post finds nothing, as on AWS.
 */
final class ConnectionRegistry {
    private final Map<String, SocketConnection> open = new ConcurrentHashMap<>();
    private final Semaphore free;

    ConnectionRegistry(int maxConnections) {
        free = new Semaphore(maxConnections);
    }

    /** Takes a place for a handshake; false if all are taken. */
    boolean reserve() {
        return free.tryAcquire();
    }

    /** Gives back the place of a handshake that came to nothing. */
    void release() {
        free.release();
    }

    void add(SocketConnection connection) {
        open.put(connection.info().connectionId(), connection);
    }

    /** Removes the connection and gives back its place. */
    void remove(SocketConnection connection) {
        if (open.remove(connection.info().connectionId()) != null) {
            release();
        }
    }

    @Nullable SocketConnection find(String connectionId) {
        return open.get(connectionId);
    }

    List<SocketConnection> all() {
        return List.copyOf(open.values());
    }
}
