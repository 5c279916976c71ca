package io.holdfast.local.states.language;

import java.util.Map;

/** States and where they start: a state machine, a branch, or an item processor. */
public record Flow(String startAt, Map<String, State> states) {
    /** Copies the map. */
    public Flow {
        states = Map.copyOf(states);
    }

    /** The state of this name; the parser saw to it that it exists. */
    public State state(String name) {
        State state = states.get(name);
        if (state == null) {
            throw new IllegalStateException("no state " + name);
        }
        return state;
    }
}
