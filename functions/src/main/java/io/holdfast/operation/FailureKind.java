package io.holdfast.operation;

import java.util.Locale;

/** Why an operation failed. */
public enum FailureKind {
    TIMEOUT("The work was not done in time: nobody said what came of it."),
    RATE_LIMITED("The service has too much to do right now."),
    VALIDATION("The service does not take this input."),
    UNREACHABLE("The service cannot be reached."),
    REJECTED("The service did not take the work."),
    CANCELLED("The work was cancelled."),
    UNKNOWN("The work failed.");

    private final String words;

    FailureKind(String words) {
        this.words = words;
    }

    /** The name in the record, the API and the state machine. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** A sentence for the model and the user, where the service gave none. */
    public String words() {
        return words;
    }

    /** The kind of a name; {@link #UNKNOWN} if there is none. */
    public static FailureKind of(String wireName) {
        for (FailureKind kind : values()) {
            if (kind.wireName().equals(wireName)) {
                return kind;
            }
        }
        return UNKNOWN;
    }
}
