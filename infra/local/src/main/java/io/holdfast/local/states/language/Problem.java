package io.holdfast.local.states.language;

/**
 * One fault of a definition.
 *
 * @param code as {@code ValidateStateMachineDefinition} names it, such as {@code
 *     SCHEMA_VALIDATION_FAILED}
 * @param message what is wrong
 * @param location where, such as {@code /States/Generate/Retry[0]/ErrorEquals}
 */
public record Problem(String code, String message, String location) {
    static final String SCHEMA = "SCHEMA_VALIDATION_FAILED";
    static final String JSON = "INVALID_JSON_DESCRIPTION";
    static final String TRANSITION = "MISSING_TRANSITION_TARGET";
    static final String NO_END = "MISSING_END_STATE";
    static final String DUPLICATE_NAME = "DUPLICATE_STATE_NAME";
    static final String STATE_NAME = "INVALID_STATE_NAME";

    @Override
    public String toString() {
        return code + ": " + message + " at " + location;
    }
}
