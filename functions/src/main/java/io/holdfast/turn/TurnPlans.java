package io.holdfast.turn;

import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.TurnId;
import io.holdfast.session.MessageStore;
import io.holdfast.session.Session;
import io.holdfast.session.StoredMessage;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Optional;

/**
 * What becomes of an input: which turn answers it, and what that does to the session.
 *
 * <p>The turn's id follows from the input, so the same input again finds the turn that it has.
 */
final class TurnPlans {
    /** Messages that an edit or a regeneration looks through for its place. */
    private static final int SEARCHED = 1_000;

    private static final int SEARCHED_CHARACTERS = 20_000_000;

    private final MessageStore messages;

    TurnPlans(MessageStore messages) {
        this.messages = messages;
    }

    /**
     * What a turn does to its session.
     *
     * @param stored the user's message if it is to be stored, absent if it stands there already
     * @param prompt what the model is asked in place of a message of the user's
     */
    record Plan(
            TurnId turn,
            String inputHash,
            @Nullable Long cutFrom,
            @Nullable UiMessage stored,
            @Nullable String prompt) {

        /** Whether it means the same after the answers before it. */
        boolean canWait() {
            return stored != null && cutFrom == null;
        }

        /** For what a user asks. */
        Plan(TurnId turn, String inputHash, @Nullable Long cutFrom, @Nullable UiMessage stored) {
            this(turn, inputHash, cutFrom, stored, null);
        }
    }

    /** The plan for an input; empty if there is nothing to answer. */
    Optional<Plan> of(Session session, TurnInput input, RequestId request) {
        return switch (input) {
            case TurnInput.Message(UiMessage message) ->
                    Optional.of(
                            new Plan(
                                    TurnIds.ofMessage(session.id(), message),
                                    TurnIds.inputHash(message),
                                    null,
                                    message));
            case TurnInput.Edit(UiMessage message) -> {
                Optional<Long> place = place(session, message.id());
                yield place.isEmpty()
                        ? of(session, new TurnInput.Message(message), request)
                        : Optional.of(
                                new Plan(
                                        TurnIds.ofRequest(session.id(), request),
                                        TurnIds.inputHash(message),
                                        place.get(),
                                        message));
            }
            case TurnInput.Continuation(OperationId operation, String prompt) ->
                    Optional.of(
                            new Plan(
                                    TurnIds.ofOperation(session.id(), operation),
                                    "none",
                                    null,
                                    null,
                                    prompt));
            case TurnInput.Regenerate(UiMessage question, MessageId answer) ->
                    regeneration(session, question, answer, request);
        };
    }

    private Optional<Plan> regeneration(
            Session session,
            @Nullable UiMessage question,
            @Nullable MessageId answer,
            RequestId request) {
        TurnId turn = TurnIds.ofRequest(session.id(), request);
        List<StoredMessage> history = history(session);
        if (question != null) {
            Optional<Long> place = place(history, question.id());
            return place.isPresent()
                    ? Optional.of(new Plan(turn, "none", place.get() + 1, null))
                    // The client knows a message that never arrived here: it is sent now.
                    : of(session, new TurnInput.Message(question), request);
        }
        if (history.isEmpty()) {
            return Optional.empty();
        }
        StoredMessage last = history.getLast();
        long cut =
                answer != null && place(history, answer).isPresent()
                        ? place(history, answer).get()
                        : last.message().role() == UiMessage.Role.ASSISTANT
                                ? last.position()
                                : last.position() + 1;
        return Optional.of(new Plan(turn, "none", cut, null));
    }

    private Optional<Long> place(Session session, MessageId message) {
        return place(history(session), message);
    }

    private static Optional<Long> place(List<StoredMessage> history, MessageId message) {
        return history.stream()
                .filter(stored -> stored.message().id().equals(message))
                .map(StoredMessage::position)
                .findFirst();
    }

    private List<StoredMessage> history(Session session) {
        return messages.before(session, session.next(), SEARCHED, SEARCHED_CHARACTERS);
    }
}
