package io.holdfast.turn;

import io.holdfast.platform.TurnId;

/** Has the work of a cancelled turn cancelled at the services that do it. */
final class OperationCancels {
    private final CallStore calls;
    private final OperationMachine machine;

    OperationCancels(CallStore calls, OperationMachine machine) {
        this.calls = calls;
        this.machine = machine;
    }

    /** Has everything cancelled that a turn has begun and that has not ended; again is the same. */
    void cancelAll(TurnId turn) {
        for (Call call : calls.all(turn)) {
            // What waits for a human, or was denied, was not begun.
            if (call.operation() != null && call.isAllowed() && !call.hasEndedOutside()) {
                machine.cancel(Operations.id(turn, call.id()), turn, call.id());
            }
        }
    }
}
