package io.holdfast.turn;

import io.holdfast.platform.TurnId;

/** The executions of turns: each is named after its turn. */
final class Executions {
    private Executions() {}

    /** The ARN of a turn's execution, by that of its state machine. */
    static String arn(String machineArn, TurnId turn) {
        return machineArn.replace(":stateMachine:", ":execution:") + ":" + turn;
    }
}
