package io.holdfast.operation;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.OperationId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.turn.CallId;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * A long-running tool call as the record has it.
 *
 * @param call its place in the turn
 * @param detached whether its turn does not wait for it
 * @param outcome absent while it goes on
 * @param taskToken what its execution waits with
 * @param progress what the service has said last of how far it is, absent before it does
 */
public record Operation(
        OperationId id,
        TurnId turn,
        CallId call,
        SessionId session,
        UserId user,
        String tool,
        boolean detached,
        Instant createdAt,
        @Nullable Outcome outcome,
        String taskToken,
        @Nullable JsonNode progress) {

    /** What came of an operation; the call itself has the result. */
    public sealed interface Outcome {

        /** It is done. */
        record Completed() implements Outcome {}

        /** It failed, or nobody waits for it any more. */
        record Failed(FailureKind kind, String message) implements Outcome {}
    }
}
