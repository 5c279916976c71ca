package io.holdfast.stream;

/** The gateway refused a frame for its size: a bug of whoever made it. */
public final class FrameTooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FrameTooLargeException(int bytes, Throwable cause) {
        super("the gateway refused a frame of " + bytes + " bytes as too large", cause);
    }
}
