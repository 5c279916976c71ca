package io.holdfast.socket;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.operation.OperationReader;
import io.holdfast.platform.Json;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.session.Session;
import io.holdfast.session.SessionEvent;
import io.holdfast.session.SessionEvent.Stand;
import io.holdfast.session.SessionStore;
import io.holdfast.session.Watchers;
import io.holdfast.session.Watchers.Watcher;
import io.holdfast.turn.TurnStore;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Lets requests watch sessions, and tells them how things are there. */
final class Watches {
    private static final int MAX_OPERATIONS = 20;

    /** A frame holds 32 KB; what else it says fits into the rest. */
    private static final int MAX_BYTES = 24 * 1024;

    private final ConnectionStore connections;
    private final Watchers watchers;
    private final SessionStore sessions;
    private final TurnStore turns;
    private final OperationReader operations;
    private final Replies replies;
    private final InstantSource clock;

    Watches(
            ConnectionStore connections,
            Watchers watchers,
            SessionStore sessions,
            TurnStore turns,
            OperationReader operations,
            Replies replies,
            InstantSource clock) {
        this.connections = connections;
        this.watchers = watchers;
        this.sessions = sessions;
        this.turns = turns;
        this.operations = operations;
        this.replies = replies;
        this.clock = clock;
    }

    /** Lets a request of a user's watch a session, which need not have begun. */
    void begin(SessionId session, Watcher watcher, UserId user) {
        Instant now = clock.instant();
        if (sessions.find(session, user, now) instanceof SessionStore.Access.Foreign) {
            refuse(watcher);
            return;
        }
        if (!connections.watch(watcher.connection(), watcher.request(), session, now)) {
            replies.error(
                    watcher.connection(),
                    watcher.request().value(),
                    "This requestId is in use for something else, or was aborted. Watch under a"
                            + " new one.");
            return;
        }
        // First the note, then the look: what happens in between is told twice rather than never.
        watchers.add(session, watcher, user, now.plus(ConnectionStore.LIFE));
        tell(session, watcher, user);
    }

    /** Tells a request that watches how things are. */
    void tell(SessionId id, Watcher watcher, UserId user) {
        switch (sessions.find(id, user, clock.instant())) {
            case SessionStore.Access.Foreign() -> refuse(watcher);
            case SessionStore.Access.Absent(Session fresh) ->
                    tell(watcher, new SessionEvent.Watching(null, null, List.of()));
            case SessionStore.Access.Granted(Session session) ->
                    tell(
                            watcher,
                            new SessionEvent.Watching(
                                    stand(session.activeTurn()),
                                    stand(session.latestTurn()),
                                    operations(session)));
        }
    }

    /** Ends a watch. */
    void end(SessionId session, Watcher watcher) {
        watchers.remove(session, watcher);
    }

    private void tell(Watcher watcher, SessionEvent event) {
        replies.event(watcher.connection(), watcher.request(), event);
    }

    private void refuse(Watcher watcher) {
        replies.error(
                watcher.connection(),
                watcher.request().value(),
                "This conversation is not yours. Please start a new one.");
    }

    private @Nullable Stand stand(@Nullable TurnId turn) {
        return turn == null
                ? null
                : turns.find(turn).map(found -> new Stand(found.id(), found.status())).orElse(null);
    }

    /** The newest, as many as fit. */
    private List<ObjectNode> operations(Session session) {
        List<ObjectNode> fitting = new ArrayList<>();
        int bytes = 0;
        for (ObjectNode operation : operations.list(session.id(), MAX_OPERATIONS, null).items()) {
            bytes += Json.write(operation).getBytes(StandardCharsets.UTF_8).length;
            if (bytes > MAX_BYTES) {
                break;
            }
            fitting.add(operation);
        }
        return fitting;
    }
}
