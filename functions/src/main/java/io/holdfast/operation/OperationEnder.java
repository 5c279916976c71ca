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
import java.util.Objects;
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
    private final OperationNews news;
    private final InstantSource clock;
    private final Pause pause;

    OperationEnder(
            OperationStore store,
            Operations calls,
            OperationNews news,
            SfnClient stepFunctions,
            InstantSource clock,
            Pause pause) {
        this.store = store;
        this.calls = calls;
        this.news = news;
        this.stepFunctions = stepFunctions;
        this.clock = clock;
        this.pause = pause;
    }

    /** Whether somebody's word is what an operation ended with. */
    enum Ended {
        /** It has ended with it now. */
        NOW,
        /** It had ended with this very word before. */
        BEFORE,
        /** It had ended with another. */
        OTHERWISE
    }

    /**
     * Ends an operation as completed, or as failed if its result is too large to be stored, unless
     * it has ended.
     *
     * @param by the delivery that says so
     */
    Ended complete(Operation operation, JsonNode result, String by) {
        Optional<String> refusal = Operations.refusal(result);
        return refusal.isPresent()
                ? fail(operation, FailureKind.UNKNOWN, refusal.get(), by)
                : end(operation, new Outcome.Completed(), result, by);
    }

    /**
     * Ends an operation as failed, unless it has ended.
     *
     * @param by the delivery that says so, absent if none does
     */
    Ended fail(Operation operation, FailureKind kind, String message, @Nullable String by) {
        return end(operation, new Outcome.Failed(kind, message), null, by);
    }

    /** Ends an operation because nobody wants to hear of it any more, unless it has ended. */
    Ended cancel(Operation operation) {
        return fail(operation, FailureKind.CANCELLED, FailureKind.CANCELLED.words(), null);
    }

    private Ended end(
            Operation operation, Outcome wanted, @Nullable JsonNode result, @Nullable String by) {
        for (int crossings = 0; ; crossings++) {
            boolean isStored = store(operation, wanted, result, by);
            Operation ended = store.find(operation.id()).orElseThrow();
            if (ended.outcome() != null) {
                // Also if it had ended before: whoever ended it may have died before the rest.
                wake(ended);
                boolean isThis =
                        isStored
                                || (wanted.equals(ended.outcome())
                                        && Objects.equals(by, ended.endedBy()));
                if (isStored) {
                    log(operation, wanted);
                }
                if (isThis) {
                    news.tell(ended);
                }
                return isStored ? Ended.NOW : isThis ? Ended.BEFORE : Ended.OTHERWISE;
            }
            if (crossings == CROSSINGS) {
                throw new IllegalStateException("Others crossed the end of " + operation.id());
            }
            if (calls.hasEnded(operation.turn(), operation.call())) {
                // The turn did not wait: its call says that nobody knows what came of the work.
                store.end(operation.id(), late(wanted), by, clock.instant());
            } else {
                pause.pause(CROSSED.multipliedBy(crossings + 1L));
            }
        }
    }

    private static void log(Operation operation, Outcome outcome) {
        switch (outcome) {
            case Outcome.Completed() ->
                    LOG.info("{} of {} is completed", operation.id(), operation.tool());
            case Outcome.Failed(FailureKind kind, String message) ->
                    // Its words are for the user; they may quote what nobody else should read.
                    LOG.warn(
                            "{} of {} has failed: {}",
                            operation.id(),
                            operation.tool(),
                            kind.wireName());
        }
    }

    private boolean store(
            Operation operation, Outcome wanted, @Nullable JsonNode result, @Nullable String by) {
        TransactWriteItem ending = store.ending(operation.id(), wanted, by, clock.instant());
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
