package io.holdfast.chunk;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

/** One part of a {@link UiMessage}. */
public sealed interface MessagePart {

    /** Where a step begins in an assistant's message. */
    record StepStart() implements MessagePart {}

    /** Text. */
    record Text(String text) implements MessagePart {}

    /**
     * The model's reasoning; the provider's metadata holds the signature that the model wants back.
     */
    record Reasoning(@Nullable String id, String text, @Nullable ObjectNode providerMetadata)
            implements MessagePart {}

    /** A part that Holdfast keeps as it came (files, data parts). */
    record Other(ObjectNode json) implements MessagePart {}
}
