package io.holdfast.chunk;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.MessageId;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A message as the AI SDK's client keeps it ({@code UIMessage}).
 *
 * @param metadata the application's own fields, absent if there are none
 */
public record UiMessage(
        MessageId id, Role role, List<MessagePart> parts, @Nullable ObjectNode metadata) {

    /** Who speaks. */
    public enum Role {
        SYSTEM,
        USER,
        ASSISTANT
    }

    public UiMessage {
        parts = List.copyOf(parts);
    }

    /** The text parts, joined. */
    public String text() {
        return parts.stream()
                .filter(MessagePart.Text.class::isInstance)
                .map(part -> ((MessagePart.Text) part).text())
                .collect(Collectors.joining());
    }
}
