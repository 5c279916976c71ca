package io.holdfast.chunk;

/**
 * A chunk that is not one, or that comes where it cannot: a bug of its writer. The message names
 * the field, never its value.
 */
public final class InvalidChunkException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    InvalidChunkException(String message) {
        super(message);
    }
}
