package io.holdfast.access;

import java.util.regex.Pattern;

/**
 * An API key's id, which is no secret.
 *
 * @param value {@code key_} and 24 hexadecimal digits
 */
public record KeyId(String value) {
    /** What is before the digits. */
    static final String PREFIX = "key";

    private static final Pattern FORM = Pattern.compile(PREFIX + "_[0-9a-f]{24}");

    /** Refuses a value of another form with {@link IllegalArgumentException}. */
    public KeyId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not a valid key id");
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
