package io.holdfast.socket;

import io.holdfast.access.Credentials;
import io.holdfast.access.Identification;
import io.holdfast.access.Identity;
import io.holdfast.access.RateLimit;
import io.holdfast.access.RateLimit.Kind;
import io.holdfast.access.Scope;
import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.session.Watchers.Watcher;
import io.holdfast.socket.ConnectionStore.Use;
import io.holdfast.stream.Subscriber;
import io.holdfast.stream.TurnStream;
import io.holdfast.turn.Caller;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The WebSocket API: checks who speaks, and does what the frames ask.
 *
 * <p>It never generates. Whatever goes wrong with a frame is answered by an {@code error} frame:
 * the gateway's own error frame would cost the client its socket.
 */
final class Sockets {
    private static final Logger LOG = LoggerFactory.getLogger(Sockets.class);

    private final Credentials credentials;
    private final FrameDecoder decoder;
    private final ConnectionStore connections;
    private final ConnectionUsers users;
    private final RateLimit rate;
    private final TurnStream stream;
    private final Replies replies;
    private final Replays replays;
    private final Watches watches;
    private final TurnRequests requests;
    private final InstantSource clock;

    Sockets(
            Credentials credentials,
            FrameDecoder decoder,
            ConnectionStore connections,
            RateLimit rate,
            TurnStream stream,
            Replies replies,
            Replays replays,
            Watches watches,
            TurnRequests requests,
            InstantSource clock) {
        this.credentials = credentials;
        this.decoder = decoder;
        this.connections = connections;
        this.users = new ConnectionUsers(connections, credentials, clock);
        this.rate = rate;
        this.stream = stream;
        this.replies = replies;
        this.replays = replays;
        this.watches = watches;
        this.requests = requests;
        this.clock = clock;
    }

    /** Whether a connection may be opened; notes whose it is. */
    Identification connect(ConnectionId connection, Optional<String> token) {
        if (token.isEmpty()) {
            return new Identification.Unknown("no token: connect with ?token=<JWT or key>");
        }
        Identification found = credentials.identify(token.get());
        if (found instanceof Identification.Known(Identity identity)) {
            connections.connect(connection, identity, clock.instant());
        }
        return found;
    }

    /** Forgets a connection. A closed tab is not a stop: its turns go on. */
    void disconnect(ConnectionId connection) {
        users.forget(connection);
        for (ConnectionStore.Bound bound : connections.disconnect(connection)) {
            switch (bound.use()) {
                case Use.Receives(TurnId turn) ->
                        stream.detach(turn, new Subscriber(connection, bound.request()));
                case Use.Watches(SessionId session) ->
                        watches.end(session, new Watcher(connection, bound.request()));
                case Use.None() -> {}
            }
        }
    }

    /** Does what a frame asks. */
    void frame(ConnectionId connection, String text) {
        switch (decoder.decode(text)) {
            case FrameDecoder.Decoded.Invalid(String requestId, String reason) ->
                    replies.error(connection, requestId, reason);
            case FrameDecoder.Decoded.Valid(ClientFrame frame) -> {
                try {
                    answer(connection, frame);
                } catch (RuntimeException e) {
                    LOG.error("A frame could not be answered", e);
                    replies.error(
                            connection,
                            frame.request().value(),
                            "Something went wrong on the server. Please try again.");
                }
            }
        }
    }

    /** Goes on with a replay that took longer than one invocation may. */
    void replay(SocketEvent.Replay replay) {
        replays.goOn(replay, TurnRequests.DELIVERY);
    }

    private void answer(ConnectionId connection, ClientFrame frame) {
        switch (frame) {
            case ClientFrame.Ping(RequestId request) -> {
                replies.pong(connection, request);
                switch (connections.use(connection, request)) {
                    case Use.Receives(TurnId turn) ->
                            replays.lookAfter(turn, TurnRequests.DELIVERY);
                    case Use.Watches(SessionId session) ->
                            users.of(connection)
                                    .ifPresent(
                                            identity ->
                                                    watches.tell(
                                                            session,
                                                            new Watcher(connection, request),
                                                            identity.user()));
                    case Use.None() -> {}
                }
            }
            case ClientFrame.Send send ->
                    admit(
                            connection,
                            frame,
                            Kind.MESSAGE,
                            Scope.SESSIONS_WRITE,
                            caller -> requests.send(connection, caller, send));
            case ClientFrame.Answer answer ->
                    admit(
                            connection,
                            frame,
                            Kind.MESSAGE,
                            Scope.TURNS_WRITE,
                            caller -> requests.answer(connection, caller.user(), answer));
            case ClientFrame.Resume resume ->
                    admit(
                            connection,
                            frame,
                            Kind.MESSAGE,
                            Scope.TURNS_READ,
                            caller -> requests.resume(connection, caller.user(), resume));
            case ClientFrame.Watch(RequestId request, SessionId session) ->
                    admit(
                            connection,
                            frame,
                            Kind.MESSAGE,
                            Scope.SESSIONS_READ,
                            caller ->
                                    watches.begin(
                                            session,
                                            new Watcher(connection, request),
                                            caller.user()));
            case ClientFrame.Abort(RequestId request) ->
                    admit(
                            connection,
                            frame,
                            Kind.ABORT,
                            Scope.TURNS_WRITE,
                            _ -> requests.abort(connection, request));
        }
    }

    /** Does what a known user asks, unless too much is asked, or more than their key may. */
    private void admit(
            ConnectionId connection,
            ClientFrame frame,
            Kind kind,
            Scope scope,
            Consumer<Caller> action) {
        String request = frame.request().value();
        Optional<Identity> identity = users.of(connection);
        if (identity.isEmpty()) {
            replies.error(
                    connection, request, "This connection is not known. Please connect again.");
            return;
        }
        Duration wait = rate.admit(identity.get().user(), kind, clock.instant());
        if (wait.isPositive()) {
            replies.error(
                    connection,
                    request,
                    "Too many requests. Please try again in %d s."
                            .formatted(Math.max(1, wait.toSeconds())));
            return;
        }
        if (!identity.get().may(scope)) {
            replies.error(
                    connection, request, "The key lacks the scope %s.".formatted(scope.wireName()));
            return;
        }
        action.accept(new Caller(identity.get().user(), identity.get().roles()));
    }
}
