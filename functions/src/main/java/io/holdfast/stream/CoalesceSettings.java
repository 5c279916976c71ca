package io.holdfast.stream;

import java.time.Duration;

/**
 * How deltas are merged before they are written.
 *
 * @param firstWindow how long the deltas of a part wait at first
 * @param maxWindow how long they wait in a long answer; also the most that a cancel waits
 * @param growth by what the window grows with each write of deltas, at least 1
 * @param maxBytes bytes of delta text that wait for nothing
 */
public record CoalesceSettings(
        Duration firstWindow, Duration maxWindow, double growth, int maxBytes) {

    /**
     * 40 ms at first, growing by half to 170 ms; 2 KB. At 50 tokens a second, 400 tokens cost some
     * 55 posts.
     */
    public static final CoalesceSettings DEFAULT =
            new CoalesceSettings(Duration.ofMillis(40), Duration.ofMillis(170), 1.5, 2048);

    public CoalesceSettings {
        if (firstWindow.isNegative() || maxWindow.compareTo(firstWindow) < 0) {
            throw new IllegalArgumentException("windows must not be negative nor shrink");
        }
        if (growth < 1 || maxBytes < 1) {
            throw new IllegalArgumentException("growth and maxBytes must be at least 1");
        }
    }
}
