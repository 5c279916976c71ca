package io.holdfast.turn;

import io.holdfast.platform.Json;
import io.holdfast.platform.TurnId;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.services.sfn.SfnClient;
import software.amazon.awssdk.services.sfn.model.ExecutionAlreadyExistsException;
import software.amazon.awssdk.services.sfn.model.ExecutionDoesNotExistException;
import software.amazon.awssdk.services.sfn.model.ExecutionStatus;
import software.amazon.awssdk.services.sfn.model.InvalidTokenException;
import software.amazon.awssdk.services.sfn.model.TaskDoesNotExistException;
import software.amazon.awssdk.services.sfn.model.TaskTimedOutException;

/** The state machine of turns: starts and stops their executions, each named after its turn. */
public final class TurnMachine {
    private static final Logger LOG = LoggerFactory.getLogger(TurnMachine.class);

    private final SfnClient stepFunctions;
    private final String machineArn;

    /** The machine of this ARN. */
    TurnMachine(SfnClient stepFunctions, String machineArn) {
        this.stepFunctions = stepFunctions;
        this.machineArn = machineArn;
    }

    /** Starts a turn's execution; starting it again changes nothing. */
    void start(Turn turn) {
        String input =
                Json.write(
                        Json.object()
                                .put("turnId", turn.id().value())
                                .put("sessionId", turn.session().value()));
        try {
            stepFunctions.startExecution(
                    execution ->
                            execution
                                    .stateMachineArn(machineArn)
                                    .name(turn.id().value())
                                    .input(input));
        } catch (ExecutionAlreadyExistsException e) {
            // It ran already and has ended: that is what the caller wanted.
        }
    }

    /** Stops a turn's execution, if it has one. */
    void stop(TurnId turn) {
        try {
            stepFunctions.stopExecution(
                    request ->
                            request.executionArn(execution(turn))
                                    .error("Cancelled")
                                    .cause("Stopped by the user."));
        } catch (ExecutionDoesNotExistException e) {
            LOG.info("The cancelled turn had no execution yet");
        }
    }

    /** Has an execution go on that waits with this task token; again changes nothing. */
    void wake(String taskToken) {
        try {
            stepFunctions.sendTaskSuccess(request -> request.taskToken(taskToken).output("{}"));
        } catch (TaskTimedOutException | TaskDoesNotExistException | InvalidTokenException e) {
            // It was woken before, or its time was up, or the turn was cancelled.
            LOG.info("Nobody waits with this task token any more");
        }
    }

    /** How far a turn's execution is. */
    enum Progress {
        ABSENT,
        RUNNING,
        ENDED
    }

    Progress progress(TurnId turn) {
        try {
            ExecutionStatus status =
                    stepFunctions
                            .describeExecution(request -> request.executionArn(execution(turn)))
                            .status();
            return status == ExecutionStatus.RUNNING ? Progress.RUNNING : Progress.ENDED;
        } catch (ExecutionDoesNotExistException e) {
            return Progress.ABSENT;
        }
    }

    /** Does nothing, but fails if the machine is not there. */
    public void check() {
        var _ = stepFunctions.describeStateMachine(request -> request.stateMachineArn(machineArn));
    }

    /** The ARN of a turn's execution, which is named after the turn. */
    String execution(TurnId turn) {
        return machineArn.replace(":stateMachine:", ":execution:") + ":" + turn;
    }
}
