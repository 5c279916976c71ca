package io.holdfast.tool;

import java.util.Locale;

/** What kept a service from taking work. */
enum RefusalKind {
    /** It does not want this work, or does not say what we understand. */
    REJECTED,
    /** The input is not what it takes. */
    VALIDATION,
    /** It has too much to do. */
    RATE_LIMITED,
    /** It is not there, or not able. */
    UNREACHABLE,
    /** It has not answered in time. */
    TIMEOUT;

    /** Of an HTTP status that is none of success (RFC 9110, section 15). */
    static RefusalKind ofStatus(int status) {
        return switch (status) {
            case 400, 422 -> VALIDATION;
            case 429 -> RATE_LIMITED;
            case 408, 425 -> UNREACHABLE;
            default -> status >= 500 ? UNREACHABLE : REJECTED;
        };
    }

    /** As {@link OperationStart.Started.Refused} has it. */
    String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
