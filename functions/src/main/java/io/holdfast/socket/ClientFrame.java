package io.holdfast.socket;

import io.holdfast.assistant.Wish;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.turn.Approvals;
import io.holdfast.turn.TurnInput;
import io.holdfast.turn.TurnOptions;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** A frame that a client sent, checked. */
sealed interface ClientFrame {

    RequestId request();

    /**
     * Starts a turn, or attaches to the one that the same message has already.
     *
     * @param wish which assistant, model and effort should answer
     * @param options how the turn is begun
     */
    record Send(
            RequestId request, SessionId session, TurnInput input, Wish wish, TurnOptions options)
            implements ClientFrame {}

    /** Answers what the session's turn asks, and receives what follows. */
    record Answer(RequestId request, SessionId session, List<Approvals.Answer> answers)
            implements ClientFrame {
        public Answer {
            answers = List.copyOf(answers);
        }
    }

    /**
     * Replays a turn of the session and goes on live.
     *
     * @param lastSequence the last sequence that the client has, absent if it has none
     * @param turn the turn that it has it of, absent if it does not say: the latest then
     * @param base the turn's sequence that the client knows as 0: what a frame {@code start} told
     *     it; 0 if it has all of the turn
     */
    record Resume(
            RequestId request,
            SessionId session,
            @Nullable Long lastSequence,
            @Nullable TurnId turn,
            long base)
            implements ClientFrame {}

    /** Receives what happens in a session from now on. */
    record Watch(RequestId request, SessionId session) implements ClientFrame {}

    /**
     * Cancels the turn of an earlier request of the same connection; one that watches only ends
     * that.
     */
    record Abort(RequestId request) implements ClientFrame {}

    /**
     * Asks whether the connection is alive; with the id of a request that receives a turn, also to
     * see to it that somebody delivers; with that of one that watches, also how things are.
     */
    record Ping(RequestId request) implements ClientFrame {}
}
