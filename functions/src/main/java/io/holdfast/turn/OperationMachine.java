package io.holdfast.turn;

import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.TurnId;

import software.amazon.awssdk.services.sfn.SfnClient;
import software.amazon.awssdk.services.sfn.model.ExecutionAlreadyExistsException;

/**
 * The state machine of operations, for those who want one cancelled: an execution of its own ends
 * the operation and tells its service, and tries again by itself.
 */
public final class OperationMachine {
    private final SfnClient stepFunctions;
    private final String machineArn;

    /** The machine of this ARN. */
    OperationMachine(SfnClient stepFunctions, String machineArn) {
        this.stepFunctions = stepFunctions;
        this.machineArn = machineArn;
    }

    /** Has an operation cancelled; the same again changes nothing. */
    public void cancel(OperationId id, TurnId turn, CallId call) {
        String input =
                Json.write(
                        Json.object()
                                .put("operationId", id.value())
                                .put("turnId", turn.value())
                                .put("step", call.step())
                                .put("index", call.index())
                                .put("cancel", true));
        try {
            stepFunctions.startExecution(
                    execution ->
                            execution
                                    .stateMachineArn(machineArn)
                                    .name("cancel-" + id)
                                    .input(input));
        } catch (ExecutionAlreadyExistsException e) {
            // It ran already and has ended: that is what the caller wanted.
        }
    }
}
