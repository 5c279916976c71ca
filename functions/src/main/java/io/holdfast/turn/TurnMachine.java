package io.holdfast.turn;

import io.holdfast.platform.Json;

import software.amazon.awssdk.services.sfn.SfnClient;
import software.amazon.awssdk.services.sfn.model.ExecutionAlreadyExistsException;

/** The state machine of turns, for those who have one run. */
final class TurnMachine {
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
}
