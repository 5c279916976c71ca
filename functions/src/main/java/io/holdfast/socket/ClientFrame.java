package io.holdfast.socket;

import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.turn.TurnInput;

import org.jspecify.annotations.Nullable;

/** A frame that a client sent, checked. */
sealed interface ClientFrame {

    RequestId request();

    /** Starts a turn, or attaches to the one that the same message has already. */
    record Send(RequestId request, SessionId session, TurnInput input) implements ClientFrame {}

    /**
     * Replays a turn of the session and goes on live.
     *
     * @param lastSequence the last sequence that the client has, absent if it has none
     * @param turn the turn that it has it of, absent if it does not say: the latest then
     */
    record Resume(
            RequestId request,
            SessionId session,
            @Nullable Long lastSequence,
            @Nullable TurnId turn)
            implements ClientFrame {}

    /** Cancels the turn of an earlier request of the same connection. */
    record Abort(RequestId request) implements ClientFrame {}

    /**
     * Asks whether the connection is alive; with the id of a request that receives a turn, also to
     * see to it that somebody delivers.
     */
    record Ping(RequestId request) implements ClientFrame {}
}
