package io.holdfast.turn;

import io.holdfast.platform.TurnId;
import io.holdfast.stream.Reservation;
import io.holdfast.stream.TurnWriter;

/** Opens writers for what is said about the calls of a step, under the step's fence. */
final class CallWriters {
    private final StepStore steps;
    private final StreamRestorer restorer;
    private final Writers writers;

    CallWriters(StepStore steps, StreamRestorer restorer, Writers writers) {
        this.steps = steps;
        this.restorer = restorer;
        this.writers = writers;
    }

    TurnWriter open(Turn turn, CallId call) {
        StepResult step = steps.result(turn.id(), call.step());
        return writers.open(
                turn,
                steps.fence(turn.id(), call.step()),
                step.reached(),
                new Reserved(turn.id(), call.step(), step.limit()),
                () -> restorer.restore(turn.id()));
    }

    /** Sequences that the calls of a step may use, as the record has them. */
    private final class Reserved implements Reservation {
        private final TurnId turn;
        private final int step;
        private long limit;

        Reserved(TurnId turn, int step, long limit) {
            this.turn = turn;
            this.step = step;
            this.limit = limit;
        }

        @Override
        public long limit() {
            return limit;
        }

        @Override
        public long extend(long atLeast) {
            limit = steps.extendForCalls(turn, step, atLeast);
            return limit;
        }
    }
}
