package io.holdfast.platform;

import java.util.regex.Pattern;

/**
 * A UI message's id, chosen by the client for user messages.
 *
 * @param value 1 to 128 printable ASCII characters without spaces
 */
public record MessageId(String value) {
    private static final Pattern FORM = Pattern.compile("[\\x21-\\x7E]{1,128}");

    /** Refuses a value of another form with {@link IllegalArgumentException}. */
    public MessageId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not a valid message id");
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
