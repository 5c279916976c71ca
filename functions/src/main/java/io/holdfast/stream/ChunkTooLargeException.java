package io.holdfast.stream;

import io.holdfast.chunk.Chunk;

/** A chunk that fits no frame and cannot be cut: a bug of its writer, who has to shorten it. */
public final class ChunkTooLargeException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ChunkTooLargeException(Chunk chunk, int bytes) {
        super(chunk.getClass().getSimpleName() + " of " + bytes + " bytes fits no frame");
    }
}
