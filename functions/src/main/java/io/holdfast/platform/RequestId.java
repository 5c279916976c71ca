package io.holdfast.platform;

import java.util.regex.Pattern;

/**
 * One request of a client on a connection, chosen by the client.
 *
 * @param value 1 to 128 printable ASCII characters without spaces
 */
public record RequestId(String value) {
    private static final Pattern FORM = Pattern.compile("[\\x21-\\x7E]{1,128}");

    /** Refuses a value of another form with {@link IllegalArgumentException}. */
    public RequestId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not a valid request id");
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
