package io.holdfast.tool;

/** Which attempts of a call are followed by another. */
enum Repeat {
    /** Those that found nobody: a tool may have effects, and not every one knows our keys. */
    WHAT_FOUND_NOBODY,
    /** All that may go better next time: the service must know the work by its key. */
    WHAT_MAY_PASS;

    /** Whether an HTTP status leads to another attempt. */
    boolean follows(int status) {
        return switch (status) {
            case 429, 502, 503, 504 -> true;
            case 408, 425 -> this == WHAT_MAY_PASS;
            default -> status >= 500 && this == WHAT_MAY_PASS;
        };
    }
}
