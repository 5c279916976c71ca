package io.holdfast.platform;

import java.util.regex.Pattern;

/**
 * Who is speaking: the token's subject.
 *
 * @param value 1 to 256 printable ASCII characters without spaces
 */
public record UserId(String value) {
    private static final Pattern FORM = Pattern.compile("[\\x21-\\x7E]{1,256}");

    /** Refuses a value of another form with {@link IllegalArgumentException}. */
    public UserId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not a valid user id");
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
