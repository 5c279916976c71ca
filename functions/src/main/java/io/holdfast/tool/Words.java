package io.holdfast.tool;

import io.holdfast.platform.Redaction;
import io.holdfast.platform.Texts;

/** Words of others, made fit to be shown and stored. */
final class Words {
    /** A failure's words go to the model and to the user; more of them helps neither. */
    static final int MAX_CHARACTERS = 1_000;

    private Words() {}

    /** The words without secrets, cut to {@value #MAX_CHARACTERS} characters. */
    static String safe(String words) {
        return cut(Redaction.ofText(words.strip()), MAX_CHARACTERS);
    }

    /** The beginning of a text, never half of a surrogate pair. */
    static String cut(String text, int maxCharacters) {
        if (text.length() <= maxCharacters) {
            return text;
        }
        return Texts.beginning(text, maxCharacters - 1) + "…";
    }
}
