package io.holdfast.local.lambda;

/** There is no function of this name. */
public final class UnknownFunctionException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Names the function that is missing. */
    public UnknownFunctionException(String functionName) {
        super("Function not found: " + functionName);
    }
}
