package io.holdfast.turn;

import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;

import java.util.Optional;

/**
 * What a user's message must be like, through whichever door it comes.
 *
 * @param maxTextCharacters the longest text
 */
public record MessageRules(int maxTextCharacters) {

    /**
     * What is wrong with a user's message and what to do, in words for the client; empty if fine.
     */
    public Optional<String> refusal(UiMessage message) {
        for (int i = 0; i < message.parts().size(); i++) {
            if (!(message.parts().get(i) instanceof MessagePart.Text)) {
                return Optional.of(
                        "Only text can be sent: parts["
                                + i
                                + "] of the last message is something else.");
            }
        }
        String text = message.text();
        if (text.isBlank()) {
            return Optional.of("The message has no text.");
        }
        return text.length() <= maxTextCharacters
                ? Optional.empty()
                : Optional.of(
                        "The message has %,d characters; at most %,d can be sent."
                                .formatted(text.length(), maxTextCharacters));
    }
}
