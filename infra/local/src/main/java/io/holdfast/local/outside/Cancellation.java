package io.holdfast.local.outside;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Whether somebody has called a piece of work off; the first reason holds. */
final class Cancellation {
    private final CountDownLatch said = new CountDownLatch(1);

    // Guarded by this.
    private @Nullable String reason;

    synchronized void say(String why) {
        if (reason == null) {
            reason = why;
            said.countDown();
        }
    }

    synchronized Optional<String> reason() {
        return Optional.ofNullable(reason);
    }

    /** Waits; true, and at once, if the work is called off before the time is over. */
    boolean comesWithin(Duration time) throws InterruptedException {
        return said.await(time.toNanos(), TimeUnit.NANOSECONDS);
    }
}
