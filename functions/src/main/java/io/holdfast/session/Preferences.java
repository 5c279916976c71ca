package io.holdfast.session;

import org.jspecify.annotations.Nullable;

/**
 * What was asked for last in a conversation, absent where nothing was: it holds until something
 * else is asked for.
 *
 * @param assistant an assistant's name
 * @param model a model's id
 * @param effort a reasoning effort's name
 */
public record Preferences(
        @Nullable String assistant, @Nullable String model, @Nullable String effort) {
    /** Nothing was asked for. */
    public static final Preferences NONE = new Preferences(null, null, null);
}
