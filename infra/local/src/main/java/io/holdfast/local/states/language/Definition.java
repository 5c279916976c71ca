package io.holdfast.local.states.language;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A state machine.
 *
 * @param flow its states
 * @param timeoutSeconds how long an execution may run, or absent for ever
 */
public record Definition(Flow flow, @Nullable Integer timeoutSeconds) {

    /**
     * Reads and checks a definition.
     *
     * @param text JSON
     * @throws InvalidDefinitionException with every fault and its place
     */
    public static Definition parse(String text) {
        return DefinitionParser.parse(text);
    }

    /** The definition's faults; none if it is valid. */
    public static List<Problem> problems(String text) {
        try {
            parse(text);
            return List.of();
        } catch (InvalidDefinitionException e) {
            return e.problems();
        }
    }
}
