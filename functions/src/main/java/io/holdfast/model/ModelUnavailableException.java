package io.holdfast.model;

import org.jspecify.annotations.Nullable;

/**
 * The model broke down or fell silent; asking again may help. The state machine names this class.
 */
public final class ModelUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ModelUnavailableException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
