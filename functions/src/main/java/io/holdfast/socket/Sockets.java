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
import io.holdfast.platform.UserId;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.session.Watchers.Watcher;
import io.holdfast.socket.ConnectionStore.Binding;
import io.holdfast.socket.ConnectionStore.Use;
import io.holdfast.stream.StreamSettings;
import io.holdfast.stream.Subscriber;
import io.holdfast.stream.TurnStream;
import io.holdfast.turn.Approvals;
import io.holdfast.turn.Begun;
import io.holdfast.turn.Caller;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnCanceller;
import io.holdfast.turn.TurnStarter;
import io.holdfast.turn.TurnStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The WebSocket API: checks who speaks, and does what the frames ask.
 *
 * <p>It never generates. Whatever goes wrong with a frame is answered by an {@code error} frame:
 * the gateway's own error frame would cost the client its socket.
 */
final class Sockets {
    private static final Logger LOG = LoggerFactory.getLogger(Sockets.class);

    /** The gateway waits 29 s for us (API Gateway, "WebSocket quotas"); the rest is reserve. */
    private static final Duration DELIVERY = Duration.ofSeconds(18);

    /** As long as a stream is kept after its end; who comes later finds the answer stored. */
    private static final Duration REPLAYED_AFTER_END = StreamSettings.DEFAULT.endedLife();

    private final Credentials credentials;
    private final FrameDecoder decoder;
    private final ConnectionStore connections;
    private final ConnectionUsers users;
    private final RateLimit rate;
    private final SessionStore sessions;
    private final TurnStore turns;
    private final TurnStarter starter;
    private final TurnCanceller canceller;
    private final Approvals approvals;
    private final TurnStream stream;
    private final Replies replies;
    private final Replays replays;
    private final Watches watches;
    private final InstantSource clock;

    Sockets(
            Credentials credentials,
            FrameDecoder decoder,
            ConnectionStore connections,
            RateLimit rate,
            SessionStore sessions,
            TurnStore turns,
            TurnStarter starter,
            TurnCanceller canceller,
            Approvals approvals,
            TurnStream stream,
            Replies replies,
            Replays replays,
            Watches watches,
            InstantSource clock) {
        this.credentials = credentials;
        this.decoder = decoder;
        this.connections = connections;
        this.users = new ConnectionUsers(connections, credentials, clock);
        this.rate = rate;
        this.sessions = sessions;
        this.turns = turns;
        this.starter = starter;
        this.canceller = canceller;
        this.approvals = approvals;
        this.stream = stream;
        this.replies = replies;
        this.replays = replays;
        this.watches = watches;
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
        replays.goOn(replay, DELIVERY);
    }

    private void answer(ConnectionId connection, ClientFrame frame) {
        switch (frame) {
            case ClientFrame.Ping(RequestId request) -> {
                replies.pong(connection, request);
                switch (connections.use(connection, request)) {
                    case Use.Receives(TurnId turn) -> replays.lookAfter(turn, DELIVERY);
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
                            caller -> send(connection, caller, send));
            case ClientFrame.Answer answer ->
                    admit(
                            connection,
                            frame,
                            Kind.MESSAGE,
                            Scope.TURNS_WRITE,
                            caller -> answer(connection, caller.user(), answer));
            case ClientFrame.Resume resume ->
                    admit(
                            connection,
                            frame,
                            Kind.MESSAGE,
                            Scope.TURNS_READ,
                            caller -> resume(connection, caller.user(), resume));
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
                            _ -> abort(connection, request));
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

    private void send(ConnectionId connection, Caller caller, ClientFrame.Send send) {
        String request = send.request().value();
        switch (starter.begin(
                caller,
                send.session(),
                send.input(),
                send.wish(),
                send.request(),
                send.options())) {
            case Begun.Started(Turn turn) ->
                    receive(
                            connection,
                            send.request(),
                            turn,
                            subscriber -> replays.attachFirst(turn.id(), subscriber));
            case Begun.Existing(Turn turn) ->
                    receive(
                            connection,
                            send.request(),
                            turn,
                            subscriber -> replays.attach(turn.id(), subscriber, 0, 0));
            case Begun.Busy() ->
                    replies.error(
                            connection,
                            request,
                            "An answer is already on its way in this conversation. Wait for it, or"
                                    + " stop it.");
            case Begun.Foreign() ->
                    replies.error(
                            connection,
                            request,
                            "This conversation is not yours. Please start a new one.");
            case Begun.Conflict() ->
                    replies.error(
                            connection,
                            request,
                            "This message id was used for another message. Send it under a new"
                                    + " id.");
            case Begun.Refused(String reason) -> replies.error(connection, request, reason);
            case Begun.NothingToAnswer() ->
                    replies.error(connection, request, "There is no message to answer again yet.");
        }
    }

    /** Takes a human's answers, and lets the request receive what follows them. */
    private void answer(ConnectionId connection, UserId user, ClientFrame.Answer frame) {
        RequestId request = frame.request();
        // All of one message, so of one turn; it may have ended since, and been answered before.
        Optional<Turn> turn =
                sessions.find(frame.session(), user, clock.instant())
                                instanceof SessionStore.Access.Granted
                        ? Approvals.turnOf(frame.answers().getFirst().approvalId())
                                .flatMap(turns::find)
                                .filter(found -> found.session().equals(frame.session()))
                        : Optional.empty();
        if (turn.isEmpty()) {
            replies.error(connection, request.value(), "Nothing is asked in this conversation.");
            return;
        }
        switch (approvals.answer(turn.get(), user, frame.answers())) {
            case Approvals.Outcome.Unknown() ->
                    replies.error(
                            connection,
                            request.value(),
                            "There is no such approval in this conversation now. Please load it"
                                    + " again.");
            case Approvals.Outcome.Refused(String reason) ->
                    replies.error(connection, request.value(), reason);
            case Approvals.Outcome.Continued(Turn going, long base) ->
                    goOn(connection, request, going, base);
        }
    }

    /** Subscribes a request to what follows in a turn, and wakes what waits for its answer. */
    private void goOn(ConnectionId connection, RequestId request, Turn turn, long base) {
        Replays.Attached attached;
        try {
            Binding binding = bind(connection, request, turn.id());
            if (binding instanceof Binding.InUse) {
                refuseRequestId(connection, request);
                return;
            }
            attached = replays.attach(turn.id(), new Subscriber(connection, request), base, base);
            replies.start(connection, request, 0, turn.id(), base);
            if (binding instanceof Binding.Aborted) {
                abort(connection, request);
            }
        } finally {
            // The answer is in the record, so it counts, whoever hears of it.
            approvals.wake(turn.id());
        }
        deliver(attached);
    }

    /** Subscribes a request to a turn, then makes sure that the turn runs. */
    private void receive(
            ConnectionId connection,
            RequestId request,
            Turn turn,
            Function<Subscriber, Replays.Attached> attach) {
        Binding binding = bind(connection, request, turn.id());
        if (binding instanceof Binding.InUse) {
            // The message is taken all the same: its turn runs, and can be resumed.
            start(turn);
            refuseRequestId(connection, request);
            return;
        }
        Replays.Attached attached;
        try {
            attached = attach.apply(new Subscriber(connection, request));
        } catch (RuntimeException e) {
            // The message is in the record, so it is answered, whoever hears of it.
            start(turn);
            throw e;
        }
        if (binding instanceof Binding.Aborted) {
            // Also tells this request of the end: it is subscribed.
            var _ = canceller.cancel(turn, DELIVERY);
        } else {
            start(turn);
        }
        deliver(attached);
    }

    private void deliver(Replays.Attached attached) {
        if (attached instanceof Replays.Attached.Now now) {
            replays.deliver(now, DELIVERY);
        }
    }

    private void refuseRequestId(ConnectionId connection, RequestId request) {
        replies.error(
                connection,
                request.value(),
                "This requestId is in use for something else. Resume the conversation under a new"
                        + " one.");
    }

    private void start(Turn turn) {
        try {
            starter.start(turn);
        } catch (RuntimeException e) {
            LOG.error("The turn {} could not be started", turn.id(), e);
            canceller.abandon(turn, DELIVERY);
        }
    }

    private void resume(ConnectionId connection, UserId user, ClientFrame.Resume resume) {
        RequestId request = resume.request();
        switch (sessions.find(resume.session(), user, clock.instant())) {
            case SessionStore.Access.Foreign() ->
                    replies.error(
                            connection,
                            request.value(),
                            "This conversation is not yours. Please start a new one.");
            case SessionStore.Access.Absent(Session fresh) -> replies.noActive(connection, request);
            case SessionStore.Access.Granted(Session session) ->
                    resume(connection, resume, session);
        }
    }

    private void resume(ConnectionId connection, ClientFrame.Resume resume, Session session) {
        RequestId request = resume.request();
        Optional<Turn> known =
                Optional.ofNullable(resume.turn())
                        .flatMap(turns::find)
                        .filter(turn -> turn.session().equals(session.id()));
        Optional<Turn> found =
                known.or(() -> Optional.ofNullable(session.latestTurn()).flatMap(turns::find));
        if (found.isEmpty()) {
            replies.noActive(connection, request);
            return;
        }
        Turn turn = found.get();
        if (resume.lastSequence() == null && resume.turn() == null && isLongOver(turn)) {
            replies.noActive(connection, request);
            return;
        }
        Binding binding = bind(connection, request, turn.id());
        if (binding instanceof Binding.InUse) {
            refuseRequestId(connection, request);
            return;
        }
        // A cursor of another turn means nothing in this one: it gets everything.
        Long last = resume.turn() != null && known.isEmpty() ? null : resume.lastSequence();
        long base = last == null ? 0 : resume.base();
        long from = last == null ? 0 : base + last + 1;
        Replays.Attached attached =
                replays.attach(turn.id(), new Subscriber(connection, request), base, from);
        replies.start(connection, request, first(attached, from) - base(attached, base));
        if (binding instanceof Binding.Aborted) {
            abort(connection, request);
        } else if (attached instanceof Replays.Attached.Now now && !now.hasEnded()) {
            // Whoever began it may have died before it ran; then it runs now.
            start(turn);
        }
        deliver(attached);
    }

    private static long base(Replays.Attached attached, long wanted) {
        return attached instanceof Replays.Attached.Now now ? now.subscription().base() : wanted;
    }

    private static long first(Replays.Attached attached, long wanted) {
        return attached instanceof Replays.Attached.Now now ? now.subscription().cursor() : wanted;
    }

    /**
     * Whether a client that has nothing of a turn should load the conversation instead of a replay.
     */
    private boolean isLongOver(Turn turn) {
        return turn.endedAt() != null
                && turn.endedAt().plus(REPLAYED_AFTER_END).isBefore(clock.instant());
    }

    /**
     * Notes which turn a request receives; the id of a request that has ended may be used again.
     */
    private Binding bind(ConnectionId connection, RequestId request, TurnId turn) {
        Binding binding = connections.bind(connection, request, turn, clock.instant());
        if (binding instanceof Binding.Receives(TurnId other)
                && turns.find(other).map(found -> found.status().isFinal()).orElse(true)) {
            replays.forget(other, new Subscriber(connection, request));
            return connections.rebind(connection, request, other, turn, clock.instant());
        }
        return binding;
    }

    private void abort(ConnectionId connection, RequestId request) {
        switch (connections.abort(connection, request, clock.instant())) {
            case Use.Receives(TurnId id) ->
                    turns.find(id)
                            .ifPresent(
                                    turn -> {
                                        var _ = canceller.cancel(turn, DELIVERY);
                                    });
            case Use.Watches(SessionId session) ->
                    watches.end(session, new Watcher(connection, request));
            case Use.None() -> {}
        }
    }
}
