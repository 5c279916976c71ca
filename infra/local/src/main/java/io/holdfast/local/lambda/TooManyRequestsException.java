package io.holdfast.local.lambda;

/** A function runs as often at once as it may. */
public final class TooManyRequestsException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Says what Lambda says. */
    public TooManyRequestsException() {
        super("Rate Exceeded.");
    }
}
