package io.holdfast.turn;

/** Redis lost the stream in the middle of a step; the step is written again. */
public final class StreamForgottenException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    StreamForgottenException() {
        super("Redis lost the turn's stream");
    }
}
