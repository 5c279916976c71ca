package io.holdfast.platform;

import java.time.Duration;

/** Waits a moment; passed in, so that a test need not. */
@FunctionalInterface
public interface Pause {

    /** Waits on the current thread. */
    Pause REAL =
            duration -> {
                try {
                    Thread.sleep(duration);
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted while waiting", e);
                }
            };

    /** Waits. */
    void pause(Duration duration);
}
