package io.holdfast.socket;

import io.holdfast.access.Credentials;
import io.holdfast.access.Identity;
import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.LruCache;

import java.time.InstantSource;
import java.util.Optional;

/**
 * Whose connections are, remembered: a connection never changes its user. Keys are looked at each
 * time, so that one that is revoked is of no use at once.
 */
final class ConnectionUsers {
    private static final int REMEMBERED = 10_000;

    private final ConnectionStore connections;
    private final Credentials credentials;
    private final InstantSource clock;
    private final LruCache<ConnectionId, Identity> known = new LruCache<>(REMEMBERED);

    ConnectionUsers(ConnectionStore connections, Credentials credentials, InstantSource clock) {
        this.connections = connections;
        this.credentials = credentials;
        this.clock = clock;
    }

    /** Whose a connection is; empty if it is not known, or its key is not good any more. */
    Optional<Identity> of(ConnectionId connection) {
        Optional<Identity> found = remembered(connection);
        return found.isPresent() && found.get().by() instanceof Identity.By.Key key
                ? credentials.again(key.id())
                : found;
    }

    private Optional<Identity> remembered(ConnectionId connection) {
        Identity identity = known.get(connection);
        if (identity != null) {
            return Optional.of(identity);
        }
        Optional<Identity> found = connections.identity(connection, clock.instant());
        found.ifPresent(stored -> known.put(connection, stored));
        return found;
    }

    /** Forgets a connection that has ended. */
    void forget(ConnectionId connection) {
        known.remove(connection);
    }
}
