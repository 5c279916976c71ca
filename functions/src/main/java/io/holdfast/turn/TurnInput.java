package io.holdfast.turn;

import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.OperationId;

import org.jspecify.annotations.Nullable;

/** What starts a turn. */
public sealed interface TurnInput {

    /** A new message of the user. */
    record Message(UiMessage message) implements TurnInput {}

    /** An earlier message of the user in new words: the history is cut there. */
    record Edit(UiMessage message) implements TurnInput {}

    /**
     * The conversation goes on by itself, because work that it does not wait for is done.
     *
     * @param prompt what the model is told of it
     */
    record Continuation(OperationId operation, String prompt) implements TurnInput {}

    /**
     * The same question again: the history is cut after the user's message.
     *
     * @param question the user's message as the client has it; taken as new if the record lacks it
     * @param answer the answer that is not wanted; used if there is no question
     */
    record Regenerate(@Nullable UiMessage question, @Nullable MessageId answer)
            implements TurnInput {}
}
