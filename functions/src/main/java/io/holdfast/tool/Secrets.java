package io.holdfast.tool;

/** Where configured headers get their secrets from. */
@FunctionalInterface
public interface Secrets {
    /**
     * The secret that a reference names; never logged by whoever asks.
     *
     * @param reference as {@link io.holdfast.assistant.HeaderValue.Secret} has it
     */
    String resolve(String reference);
}
