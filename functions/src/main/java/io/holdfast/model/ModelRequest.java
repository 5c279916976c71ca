package io.holdfast.model;

import java.util.List;

/**
 * One call of the model.
 *
 * @param conversation tells the conversations apart in Bedrock's invocation log; the same at each
 *     attempt
 * @param messages the conversation, oldest first; roles alternate, the first and last are the
 *     user's
 */
public record ModelRequest(
        String conversation,
        String modelId,
        String systemPrompt,
        List<ModelMessage> messages,
        int maxOutputTokens) {
    public ModelRequest {
        messages = List.copyOf(messages);
    }

    /** A message as the model gets it. */
    public record ModelMessage(Role role, String text) {}

    /** Who speaks. */
    public enum Role {
        USER,
        ASSISTANT
    }
}
