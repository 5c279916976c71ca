package io.holdfast.tool;

import java.time.Duration;

/** Amounts in words. */
final class Spoken {
    private Spoken() {}

    static String time(Duration time) {
        return time.toMillis() % 1000 == 0 ? time.toSeconds() + " s" : time.toMillis() + " ms";
    }
}
