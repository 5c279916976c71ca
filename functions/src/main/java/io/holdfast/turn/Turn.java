package io.holdfast.turn;

import io.holdfast.platform.MessageId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.stream.TurnStatus;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * A turn as the record has it.
 *
 * @param answerId the id of the message that answers
 * @param answerPosition where that message stands in the session
 * @param inputHash tells whether the same input was sent again, or another under the same id
 * @param endedAt absent while it runs or waits
 * @param failure why it failed, as {@link FailureWords} names it; absent if it did not
 */
public record Turn(
        TurnId id,
        SessionId session,
        UserId user,
        TurnStatus status,
        MessageId answerId,
        long answerPosition,
        String inputHash,
        Instant createdAt,
        @Nullable Instant endedAt,
        @Nullable String failure) {}
