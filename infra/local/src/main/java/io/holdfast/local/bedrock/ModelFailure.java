package io.holdfast.local.bedrock;

/** A model call that failed in a way that Bedrock knows. */
public final class ModelFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final Fault fault;

    /** Fails with a message that goes to the client as it is. */
    public ModelFailure(Fault fault, String message) {
        super(message);
        this.fault = fault;
    }

    /** Fails because of something else, which stays in the log. */
    public ModelFailure(Fault fault, String message, Throwable cause) {
        super(message, cause);
        this.fault = fault;
    }

    /** Which of Bedrock's errors it is. */
    public Fault fault() {
        return fault;
    }

    static ModelFailure validation(String message) {
        return new ModelFailure(Fault.VALIDATION, message);
    }
}
