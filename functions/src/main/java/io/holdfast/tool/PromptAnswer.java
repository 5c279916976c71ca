package io.holdfast.tool;

import io.holdfast.chunk.UiMessage;

import java.util.List;

/** What became of asking for a prompt. */
public sealed interface PromptAnswer {

    /** Its messages, 100 of 20,000 characters at most; what is no text is named, not given. */
    record Said(List<Line> lines) implements PromptAnswer {
        public Said {
            lines = List.copyOf(lines);
        }
    }

    /** No server that answers has one of this name. */
    record Unknown() implements PromptAnswer {}

    /** The arguments are not those of the prompt. */
    record Invalid(String reason) implements PromptAnswer {}

    /** Its server does not answer, or with an error. */
    record Failed(String reason) implements PromptAnswer {}

    /** One message. */
    record Line(UiMessage.Role role, String text) {}
}
