package io.holdfast.local.states.language;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;

import java.time.Duration;

/** Ends an expression that runs away. Counts real time, since a loop does not wait for a clock. */
final class Bounds {
    private static final long MAX_NANOS = Duration.ofSeconds(2).toNanos();
    // Each level takes several frames of Java's stack; this many fit a virtual thread's.
    private static final int MAX_DEPTH = 1_000;

    private final long start = System.nanoTime();
    private int depth;
    private int steps;

    private Bounds() {}

    static void set(Jsonata.Frame frame) {
        Bounds bounds = new Bounds();
        frame.setEvaluateEntryCallback((_, _, _) -> bounds.enter());
        frame.setEvaluateExitCallback((_, _, _, _) -> bounds.depth--);
    }

    private void enter() {
        if (++depth > MAX_DEPTH) {
            throw new JException("The expression recurses too deeply.");
        }
        if ((++steps & 0xff) == 0 && System.nanoTime() - start > MAX_NANOS) {
            throw new JException("The expression runs too long.");
        }
    }
}
