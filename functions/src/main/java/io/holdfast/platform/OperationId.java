package io.holdfast.platform;

import java.util.regex.Pattern;

/**
 * A long-running tool call's id; also the name of its Step Functions execution.
 *
 * @param value 8 to 80 letters, digits, underscores or hyphens
 */
public record OperationId(String value) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{8,80}");

    /** Refuses a value of another form with {@link IllegalArgumentException}. */
    public OperationId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not a valid operation id");
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
