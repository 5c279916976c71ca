package io.holdfast.operation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;

import io.holdfast.operation.Operation.Outcome;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.Pause;
import io.holdfast.turn.Operations;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;
import software.amazon.awssdk.services.sfn.SfnClient;
import software.amazon.awssdk.services.sfn.model.InvalidTokenException;
import software.amazon.awssdk.services.sfn.model.TaskDoesNotExistException;
import software.amazon.awssdk.services.sfn.model.TaskTimedOutException;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Ends operations: the operation's outcome with the call's result, and then the execution that
 * waits.
 *
 * <p>The first word about an operation holds, whoever says it. Outcome and result are one
 * transaction: a consumer that died between them would leave the result to a message that comes
 * again in minutes, and a timeout may wake the turn before. Both steps can be done again.
 */
final class OperationEnder {
    private static final Logger LOG = LoggerFactory.getLogger(OperationEnder.class);

    /** How often a write that others crossed is tried again; they take milliseconds. */
    private static final int CROSSINGS = 6;

    private static final Duration CROSSED = Duration.ofMillis(20);

    private final OperationStore store;
    private final Operations calls;
    private final SfnClient stepFunctions;
    private final InstantSource clock;
    private final Pause pause;

    OperationEnder(
            OperationStore store,
            Operations calls,
            SfnClient stepFunctions,
            InstantSource clock,
            Pause pause) {
        this.store = store;
        this.calls = calls;
        this.stepFunctions = stepFunctions;
        this.clock = clock;
        this.pause = pause;
    }

    /**
     * Ends an operation as completed, or as failed if its result is too large to be stored, unless
     * it has ended.
     *
     * @return false if it had ended otherwise before
     */
    boolean complete(Operation operation, JsonNode result) {
        Optional<String> refusal = Operations.refusal(result);
        return refusal.isPresent()
                ? fail(operation, FailureKind.UNKNOWN, refusal.get())
                : end(operation, new Outcome.Completed(), result);
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
        for (int crossings = 0; ; crossings++) {
            boolean isStored = store(operation, wanted, result);
            Operation ended = store.find(operation.id()).orElseThrow();
            if (ended.outcome() != null) {
                // Also if it had ended before: whoever ended it may have died before the wake.
                wake(ended);
                return isStored || wanted.equals(ended.outcome());
            }
            if (crossings == CROSSINGS) {
                throw new IllegalStateException("Others crossed the end of " + operation.id());
            }
            if (calls.hasEnded(operation.turn(), operation.call())) {
                // The turn did not wait: its call says that nobody knows what came of the work.
                store.end(operation.id(), late(wanted), clock.instant());
            } else {
                pause.pause(CROSSED.multipliedBy(crossings + 1L));
            }
        }
    }

    private boolean store(Operation operation, Outcome wanted, @Nullable JsonNode result) {
        TransactWriteItem ending = store.ending(operation.id(), wanted, clock.instant());
        return switch (wanted) {
            case Outcome.Completed() ->
                    calls.succeed(
                            operation.turn(),
                            operation.call(),
                            result == null || result.isMissingNode() ? NullNode.instance : result,
                            ending);
            case Outcome.Failed(FailureKind kind, String message) ->
                    calls.fail(operation.turn(), operation.call(), message, ending);
        };
    }

    private static Outcome late(Outcome wanted) {
        return wanted instanceof Outcome.Failed
                ? wanted
                : new Outcome.Failed(FailureKind.TIMEOUT, FailureKind.TIMEOUT.words());
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
