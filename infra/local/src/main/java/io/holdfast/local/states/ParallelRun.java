package io.holdfast.local.states;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.Json;
import io.holdfast.local.states.language.State;

import org.jspecify.annotations.Nullable;

/** One attempt of a Parallel state: every branch gets the same input. */
final class ParallelRun {
    private ParallelRun() {}

    static Payload run(Visit visit, State.Parallel state) throws StateFailure {
        Payload input =
                state.arguments() == null
                        ? visit.input()
                        : Payload.of(visit.evaluate(state.arguments(), visit.environment()));
        if (input.isTooLarge()) {
            throw StateFailure.dataLimit(state.name());
        }
        visit.event("ParallelStateStarted", null, Json.object());
        int count = state.branches().size();
        Payload result =
                Payload.of(
                        Visit.array(
                                Fork.run(visit.strand, count, count, new Branches(state, input))));
        visit.event("ParallelStateSucceeded", null, Json.object());
        return result;
    }

    private record Branches(State.Parallel state, Payload input) implements Fork.Work {
        @Override
        public @Nullable ObjectNode item(int index) {
            return null;
        }

        @Override
        public JsonNode run(Strand strand, int index) throws StateFailure {
            return strand.run(state.branches().get(index), input).json();
        }

        @Override
        public StateFailure judge(StateFailure failure, int failures) {
            return failure;
        }
    }
}
