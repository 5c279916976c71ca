package io.holdfast.session;

import io.holdfast.platform.Json;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;
import io.holdfast.session.Watchers.Watcher;
import io.holdfast.stream.Connections;
import io.holdfast.stream.Connections.Posted;
import io.holdfast.stream.Frames;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Tells those who watch a conversation what happens in it.
 *
 * <p>Whoever cannot be told now learns of it from the answer to the next ping: so nothing waits for
 * a watcher, and nothing is tried again for one but what {@link Connections} tries by itself.
 */
public final class SessionEvents {
    private static final Logger LOG = LoggerFactory.getLogger(SessionEvents.class);

    private final Watchers watchers;
    private final Connections connections;
    private final InstantSource clock;

    /** Tells watchers over these connections. */
    public SessionEvents(Watchers watchers, Connections connections, InstantSource clock) {
        this.watchers = watchers;
        this.connections = connections;
        this.clock = clock;
    }

    /**
     * Tells all who watch.
     *
     * @param owner whose conversation it is: nobody else is told
     */
    public void tell(SessionId session, UserId owner, SessionEvent event) {
        List<Watcher> told = watchers.of(session, owner, clock.instant());
        if (told.isEmpty()) {
            return;
        }
        String json = Json.write(event.json());
        if (told.size() == 1) {
            post(session, told.getFirst(), json);
            return;
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            told.forEach(watcher -> threads.execute(() -> post(session, watcher, json)));
        }
    }

    private void post(SessionId session, Watcher watcher, String json) {
        try {
            switch (connections.post(watcher.connection(), Frames.event(watcher.request(), json))) {
                case Posted.Accepted() -> {}
                case Posted.Gone() -> watchers.remove(session, watcher);
                case Posted.Failed(String reason) ->
                        LOG.warn("A watcher of {} could not be told: {}", session, reason);
            }
        } catch (RuntimeException e) {
            LOG.error("A watcher of {} could not be told", session, e);
        }
    }
}
