package io.holdfast.model;

/** The model has too much to do; asking again later helps. The state machine names this class. */
public final class ModelThrottledException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ModelThrottledException(Throwable cause) {
        super("The model is throttled", cause);
    }
}
