package io.holdfast.turn;

import io.holdfast.stream.Fence;

/** A newer attempt at the step has begun; this one must not write any more. */
public final class OutdatedAttemptException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    OutdatedAttemptException(Fence fence) {
        super("A newer attempt has begun: " + fence);
    }
}
