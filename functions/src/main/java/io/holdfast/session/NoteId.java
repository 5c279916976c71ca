package io.holdfast.session;

import java.util.regex.Pattern;

/**
 * The id of a note.
 *
 * @param value 8 to 64 letters, digits, underscores or hyphens
 */
public record NoteId(String value) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{8,64}");

    /** Refuses a value of another form with {@link IllegalArgumentException}. */
    public NoteId {
        if (!isValid(value)) {
            throw new IllegalArgumentException("not a valid note id");
        }
    }

    /** Whether the text has this id's form. */
    public static boolean isValid(String text) {
        return FORM.matcher(text).matches();
    }

    @Override
    public String toString() {
        return value;
    }
}
