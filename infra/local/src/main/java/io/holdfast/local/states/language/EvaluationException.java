package io.holdfast.local.states.language;

/**
 * An expression that failed, or that gave a value its field cannot take: {@code
 * States.QueryEvaluationError}.
 */
public final class EvaluationException extends Exception {
    private static final long serialVersionUID = 1L;

    private final String location;

    /**
     * Says what failed.
     *
     * @param location the field, such as {@code Output/total}
     * @param message what went wrong, a sentence
     */
    public EvaluationException(String location, String message) {
        super(message);
        this.location = location;
    }

    /** The field whose value failed. */
    public String location() {
        return location;
    }
}
