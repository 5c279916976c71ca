package io.holdfast.turn;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.OperationConfig;
import io.holdfast.platform.UserId;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.util.List;

/**
 * A call of a tool as the record has it.
 *
 * @param id its place in the turn
 * @param toolCallId the model's name for it
 * @param input as the model gave it, secrets and all; empty if it could not be read
 * @param approval what a human is asked before it runs, absent if nobody is
 * @param answer what the human said, absent until then
 * @param attempts how often it has been begun
 * @param ended what it came to, absent until then
 * @param said the chunks about it that are in the stream for good, with their places
 * @param settled whether nothing more will be said about it
 * @param taskToken what its state waits with for a human, absent before it does
 * @param operation present if an outside service does the work
 * @param outside whether it came to what the outside service has made of it
 */
record Call(
        CallId id,
        String toolCallId,
        String tool,
        boolean dynamic,
        ObjectNode input,
        @Nullable Approval approval,
        @Nullable Answer answer,
        int attempts,
        @Nullable Ended ended,
        List<Placed> said,
        boolean settled,
        @Nullable String taskToken,
        @Nullable OperationConfig operation,
        boolean outside) {
    Call {
        said = List.copyOf(said);
    }

    /** A call of a tool that answers when it is called. */
    Call(
            CallId id,
            String toolCallId,
            String tool,
            boolean dynamic,
            ObjectNode input,
            @Nullable Approval approval,
            @Nullable Answer answer,
            int attempts,
            @Nullable Ended ended,
            List<Placed> said,
            boolean settled,
            @Nullable String taskToken) {
        this(
                id,
                toolCallId,
                tool,
                dynamic,
                input,
                approval,
                answer,
                attempts,
                ended,
                said,
                settled,
                taskToken,
                null,
                false);
    }

    /** Whether a human is asked and has not answered. */
    boolean waits() {
        return approval != null && answer == null && taskToken != null && ended == null;
    }

    /** Whether nobody had to be asked about it, or has said yes. */
    boolean isAllowed() {
        return approval == null || (answer != null && answer.decision() == Decision.APPROVED);
    }

    /** Whether it has come to what an outside service has made of it, or was given up. */
    boolean hasEndedOutside() {
        return ended != null
                && (outside
                        // What a turn that does not wait has first is that the work has begun.
                        || !Operations.detaches(this)
                        || ended != Ended.SUCCESS);
    }

    /** Whether a human must answer before it runs, and has not. */
    boolean isUnanswered() {
        return approval != null && answer == null;
    }

    /**
     * What a human is asked.
     *
     * @param inputHash of the input as it was shown: the answer is to these arguments alone
     * @param expires how long after it was asked an answer counts
     */
    record Approval(String id, String inputHash, Duration expires) {}

    /**
     * What a human said.
     *
     * @param by who it was; absent if nobody answered in time
     * @param base where the turn's stream stood when it was said
     */
    record Answer(
            Decision decision,
            @Nullable String reason,
            @Nullable UserId by,
            Instant at,
            long base) {}

    /** How an approval ended. */
    enum Decision {
        APPROVED,
        DENIED,
        EXPIRED
    }

    /** How a call ended. */
    enum Ended {
        SUCCESS,
        FAILURE,
        DENIED
    }

    /** A chunk, as JSON, at its place in the stream. */
    record Placed(long sequence, String chunk) {}
}
