package io.holdfast.operation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;

import io.holdfast.operation.Operation.Outcome;
import io.holdfast.platform.OperationId;
import io.holdfast.turn.Operations;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.services.sfn.SfnClient;
import software.amazon.awssdk.services.sfn.model.InvalidTokenException;
import software.amazon.awssdk.services.sfn.model.TaskDoesNotExistException;
import software.amazon.awssdk.services.sfn.model.TaskTimedOutException;

import java.time.InstantSource;

/**
 * Ends operations: the operation's outcome, the call's result, the execution that waits.
 *
 * <p>The first word about an operation holds, whoever says it. Each of the three can be done again:
 * a completion that comes twice, or whose consumer died in between, finds what is left to do.
 */
final class OperationEnder {
    private static final Logger LOG = LoggerFactory.getLogger(OperationEnder.class);

    private final OperationStore store;
    private final Operations calls;
    private final SfnClient stepFunctions;
    private final InstantSource clock;

    OperationEnder(
            OperationStore store, Operations calls, SfnClient stepFunctions, InstantSource clock) {
        this.store = store;
        this.calls = calls;
        this.stepFunctions = stepFunctions;
        this.clock = clock;
    }

    /**
     * Ends an operation as completed, unless it has ended.
     *
     * @return false if it had ended otherwise before
     */
    boolean complete(Operation operation, JsonNode result) {
        return end(operation, new Outcome.Completed(), result);
    }

    /**
     * Ends an operation as failed, unless it has ended.
     *
     * @return false if it had ended otherwise before
     */
    boolean fail(Operation operation, FailureKind kind, String message) {
        return end(operation, new Outcome.Failed(kind, message), null);
    }

    private boolean end(Operation operation, Outcome wanted, @Nullable JsonNode result) {
        // It decides; the call follows it, and then whoever waits is told.
        Operation ended = store.end(operation.id(), wanted, clock.instant());
        boolean counts = wanted.equals(ended.outcome());
        if (counts) {
            switch (wanted) {
                case Outcome.Completed() ->
                        calls.succeed(
                                operation.turn(),
                                operation.call(),
                                result == null || result.isMissingNode()
                                        ? NullNode.instance
                                        : result);
                case Outcome.Failed(FailureKind kind, String message) ->
                        calls.fail(operation.turn(), operation.call(), message);
            }
        }
        wake(ended);
        return counts;
    }

    /** Tells the execution that a service works at it, so that it waits on. */
    void heartbeat(Operation operation) {
        try {
            stepFunctions.sendTaskHeartbeat(request -> request.taskToken(operation.taskToken()));
        } catch (TaskTimedOutException | TaskDoesNotExistException | InvalidTokenException e) {
            LOG.info("Nobody waits for {} any more", operation.id());
        }
    }

    void wake(Operation operation) {
        wake(operation.id(), operation.taskToken());
    }

    void wake(OperationId id, String taskToken) {
        try {
            stepFunctions.sendTaskSuccess(request -> request.taskToken(taskToken).output("{}"));
        } catch (TaskTimedOutException | TaskDoesNotExistException | InvalidTokenException e) {
            // It was woken before, or its time was up, or the turn was cancelled.
            LOG.info("Nobody waits for {} any more", id);
        }
    }
}
