package io.holdfast.local.lambda;

/** A function's handler cannot be made: its class is missing, or its constructor failed. */
public final class FunctionStartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FunctionStartException(String message, Throwable cause) {
        super(message, cause);
    }

    FunctionStartException(String message) {
        super(message);
    }
}
