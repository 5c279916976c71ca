package io.holdfast.assistant;

/** A secret that a header refers to cannot be had; the message names the reference only. */
public final class SecretUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    SecretUnavailableException(String reference, String why) {
        super("the secret " + reference + " " + why);
    }
}
