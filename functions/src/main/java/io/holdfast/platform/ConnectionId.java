package io.holdfast.platform;

import java.util.regex.Pattern;

/**
 * A WebSocket connection, as API Gateway names it.
 *
 * @param value 1 to 128 characters of URL-safe base64
 */
public record ConnectionId(String value) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_=-]{1,128}");

    /** Refuses a value of another form with {@link IllegalArgumentException}. */
    public ConnectionId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not a valid connection id");
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
