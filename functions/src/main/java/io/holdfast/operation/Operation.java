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
 * @param toolCallId the model's name for the call
 * @param detached whether its turn does not wait for it
 * @param outcome absent while it goes on
 * @param endedBy the delivery that ended it, absent if no service's word did
 * @param taskToken what its execution waits with
 * @param progress what the service has said last of how far it is, absent before it does
 */
public record Operation(
        OperationId id,
        TurnId turn,
        CallId call,
        String toolCallId,
        SessionId session,
        UserId user,
        String tool,
        boolean detached,
        Instant createdAt,
        @Nullable Outcome outcome,
        @Nullable String endedBy,
        String taskToken,
        @Nullable JsonNode progress) {

    /** Whether its owner has cancelled it, or its turn: nobody wants to hear of it then. */
    boolean isCancelledByOwner() {
        return endedBy == null
                && outcome instanceof Outcome.Failed(FailureKind kind, String message)
                && kind == FailureKind.CANCELLED;
    }

    /**
     * Whether this says how far an operation is: {@code percent} from 0 to 100, {@code message} a
     * text, or nothing but that it goes on.
     */
    public static boolean isProgress(JsonNode progress) {
        JsonNode percent = progress.path("percent");
        JsonNode words = progress.path("message");
        return (percent.isMissingNode()
                        || (percent.isNumber()
                                && percent.doubleValue() >= 0
                                && percent.doubleValue() <= 100))
                && (words.isMissingNode() || words.isTextual());
    }

    /** What came of an operation; the call itself has the result. */
    public sealed interface Outcome {

        /** It is done. */
        record Completed() implements Outcome {}

        /** It failed, or nobody waits for it any more. */
        record Failed(FailureKind kind, String message) implements Outcome {}
    }
}
