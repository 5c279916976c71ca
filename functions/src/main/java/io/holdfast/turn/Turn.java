package io.holdfast.turn;

import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.stream.TurnStatus;

import org.jspecify.annotations.Nullable;

import java.time.Instant;
import java.util.Set;

/**
 * A turn as the record has it.
 *
 * @param roles what the user was when it began: the policy goes by them to its end
 * @param answerId the id of the message that answers
 * @param answerPosition where that message stands in the session
 * @param inputHash tells whether the same input was sent again, or another under the same id
 * @param choice who answers
 * @param continued how many answers of humans it has taken
 * @param endedAt absent while it runs or waits
 * @param failure why it failed, as {@link FailureWords} names it; absent if it did not
 * @param prompt what the model is asked, if no message of the user's began the turn
 * @param background what the model is told beside the conversation
 * @param title what it cost to write the session's title after it; empty if that was not done
 */
public record Turn(
        TurnId id,
        SessionId session,
        UserId user,
        Set<String> roles,
        TurnStatus status,
        MessageId answerId,
        long answerPosition,
        String inputHash,
        Choice choice,
        long continued,
        Instant createdAt,
        @Nullable Instant endedAt,
        @Nullable String failure,
        @Nullable String prompt,
        Background background,
        Ledger title) {
    public Turn {
        roles = Set.copyOf(roles);
    }

    /** A turn that a message of the user's began. */
    public Turn(
            TurnId id,
            SessionId session,
            UserId user,
            Set<String> roles,
            TurnStatus status,
            MessageId answerId,
            long answerPosition,
            String inputHash,
            Choice choice,
            long continued,
            Instant createdAt,
            @Nullable Instant endedAt,
            @Nullable String failure) {
        this(
                id,
                session,
                user,
                roles,
                status,
                answerId,
                answerPosition,
                inputHash,
                choice,
                continued,
                createdAt,
                endedAt,
                failure,
                null,
                Background.NONE,
                Ledger.EMPTY);
    }

    /** Whether it waits for the turn before it. */
    boolean isQueued() {
        return status == TurnStatus.QUEUED;
    }

    /** This turn as it is while it waits for the one before it: its answer has no place yet. */
    Turn queued() {
        return with(TurnStatus.QUEUED, -1);
    }

    /** This turn as it is when those before it have ended. */
    Turn begun(long position) {
        return with(TurnStatus.RUNNING, position);
    }

    private Turn with(TurnStatus changed, long position) {
        return new Turn(
                id,
                session,
                user,
                roles,
                changed,
                answerId,
                position,
                inputHash,
                choice,
                continued,
                createdAt,
                endedAt,
                failure,
                prompt,
                background,
                title);
    }

    /**
     * What the model is told beside the conversation.
     *
     * @param offRecord whether the turn, with its session, is deleted an hour after its end
     * @param basis the session whose messages are read before those of the turn's own; absent if
     *     there is none
     * @param page what the user was looking at, in words for the model; absent if that is not known
     */
    public record Background(boolean offRecord, @Nullable SessionId basis, @Nullable String page) {
        /** Nothing. */
        public static final Background NONE = new Background(false, null, null);
    }

    /** Which assistant answers, with which model, and how hard that thinks. */
    public record Choice(String assistant, String model, ReasoningEffort effort) {}
}
