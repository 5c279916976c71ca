package io.holdfast.operation;

import io.holdfast.operation.OperationEnder.Ended;
import io.holdfast.platform.AwsClients;
import io.holdfast.turn.OperationMachine;
import io.holdfast.turn.TurnParts;

/**
 * Cancels operations for their owners: the record first, then the service, by an execution of its
 * own that tries again by itself.
 */
public final class OperationCanceller {
    private final OperationEnder ender;
    private final OperationMachine machine;

    OperationCanceller(OperationEnder ender, OperationMachine machine) {
        this.ender = ender;
        this.machine = machine;
    }

    /** Cancels operations of these turns. */
    public static OperationCanceller of(TurnParts turns, AwsClients aws) {
        return new OperationCanceller(
                OperationParts.of(turns, aws).ender(), turns.operationMachine());
    }

    /**
     * Cancels an operation, unless it has ended. Again is the same, and does what a call that died
     * has left undone.
     *
     * @return whether this call did it
     */
    public boolean cancel(Operation operation) {
        return switch (ender.cancel(operation)) {
            case Ended.NOW -> {
                machine.cancel(operation.id(), operation.turn(), operation.call());
                yield true;
            }
            case Ended.BEFORE -> {
                machine.cancel(operation.id(), operation.turn(), operation.call());
                yield false;
            }
            case Ended.OTHERWISE -> false;
        };
    }
}
