package io.holdfast.local.states.language;

import java.util.List;
import java.util.stream.Collectors;

/** A definition that cannot be a state machine; names every fault with its place. */
public final class InvalidDefinitionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient List<Problem> problems;

    /** Takes the faults, at least one. */
    public InvalidDefinitionException(List<Problem> problems) {
        super(
                problems.stream()
                        .map(Problem::toString)
                        .collect(
                                Collectors.joining(
                                        ", ", "Invalid State Machine Definition: '", "'")));
        this.problems = List.copyOf(problems);
    }

    /** Every fault, in the order of the definition. */
    public List<Problem> problems() {
        return problems;
    }
}
