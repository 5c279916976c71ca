package io.holdfast.platform;

import java.util.regex.Pattern;

/**
 * A schedule's id; also its name at EventBridge Scheduler.
 *
 * @param value 8 to 64 letters, digits, underscores or hyphens
 */
public record ScheduleId(String value) {
    private static final Pattern FORM = Pattern.compile("[A-Za-z0-9_-]{8,64}");

    /** Refuses a value of another form with {@link IllegalArgumentException}. */
    public ScheduleId {
        if (!FORM.matcher(value).matches()) {
            throw new IllegalArgumentException("not a valid schedule id");
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
