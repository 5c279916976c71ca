package io.holdfast.socket;

import io.holdfast.platform.ConnectionId;
import io.holdfast.turn.Caller;

import java.time.InstantSource;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Whose connections are, remembered: a connection never changes its user. */
final class ConnectionUsers {
    private static final int REMEMBERED = 10_000;

    private final ConnectionStore connections;
    private final InstantSource clock;
    private final Map<ConnectionId, Caller> known =
            Collections.synchronizedMap(
                    new LinkedHashMap<>(16, 0.75f, true) {
                        private static final long serialVersionUID = 1L;

                        @Override
                        protected boolean removeEldestEntry(
                                Map.Entry<ConnectionId, Caller> eldest) {
                            return size() > REMEMBERED;
                        }
                    });

    ConnectionUsers(ConnectionStore connections, InstantSource clock) {
        this.connections = connections;
        this.clock = clock;
    }

    /** Whose a connection is; empty if it is not known. */
    Optional<Caller> of(ConnectionId connection) {
        Caller user = known.get(connection);
        if (user != null) {
            return Optional.of(user);
        }
        Optional<Caller> found = connections.caller(connection, clock.instant());
        found.ifPresent(stored -> known.put(connection, stored));
        return found;
    }

    /** Forgets a connection that has ended. */
    void forget(ConnectionId connection) {
        known.remove(connection);
    }
}
