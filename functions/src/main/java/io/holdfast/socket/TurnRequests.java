package io.holdfast.socket;

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
import io.holdfast.turn.Approvals;
import io.holdfast.turn.Begun;
import io.holdfast.turn.Caller;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnCanceller;
import io.holdfast.turn.TurnParts;
import io.holdfast.turn.TurnStarter;
import io.holdfast.turn.TurnStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;

/**
 * What requests of a connection do with turns: begin them, answer what they ask, receive them,
 * cancel them.
 */
final class TurnRequests {
    private static final Logger LOG = LoggerFactory.getLogger(TurnRequests.class);

    /** The gateway waits 29 s for us (API Gateway, "WebSocket quotas"); the rest is reserve. */
    static final Duration DELIVERY = Duration.ofSeconds(18);

    /** As long as a stream is kept after its end; who comes later finds the answer stored. */
    private static final Duration REPLAYED_AFTER_END = StreamSettings.DEFAULT.endedLife();

    private final ConnectionStore connections;
    private final SessionStore sessions;
    private final TurnStore turns;
    private final TurnStarter starter;
    private final TurnCanceller canceller;
    private final Approvals approvals;
    private final Replies replies;
    private final Replays replays;
    private final Watches watches;
    private final InstantSource clock;

    TurnRequests(
            ConnectionStore connections,
            TurnParts parts,
            TurnStarter starter,
            Replies replies,
            Replays replays,
            Watches watches) {
        this.connections = connections;
        this.sessions = parts.sessions();
        this.turns = parts.turns();
        this.starter = starter;
        this.canceller = parts.canceller();
        this.approvals = parts.approvals();
        this.replies = replies;
        this.replays = replays;
        this.watches = watches;
        this.clock = parts.clock();
    }

    /**
     * Begins a turn for a message, or finds the one that it has, and lets the request receive it.
     */
    void send(ConnectionId connection, Caller caller, ClientFrame.Send send) {
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
    void answer(ConnectionId connection, UserId user, ClientFrame.Answer frame) {
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

    /** Lets the request receive a turn from where its client left off. */
    void resume(ConnectionId connection, UserId user, ClientFrame.Resume resume) {
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

    /** Cancels the turn that a request receives, or ends its watching. */
    void abort(ConnectionId connection, RequestId request) {
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
