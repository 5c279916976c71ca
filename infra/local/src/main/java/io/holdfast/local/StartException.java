package io.holdfast.local;

/** The system cannot start. The message says why, one line for each fault. */
public final class StartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Says why, in words for a person. */
    public StartException(String message) {
        super(message);
    }

    /** Says what the cause says. */
    StartException(String prefix, Throwable cause) {
        super(prefix + cause.getMessage(), cause);
    }
}
