package io.holdfast.tool;

import io.holdfast.platform.Pause;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/** Waits longer and longer between attempts, with jitter, and never past a deadline. */
final class Backoff {
    private static final long FIRST_MILLIS = 200;
    private static final long LONGEST_MILLIS = 5_000;

    private final InstantSource clock;
    private final Pause pause;
    private final RandomGenerator random;

    Backoff(InstantSource clock, Pause pause, RandomGenerator random) {
        this.clock = clock;
        this.pause = pause;
        this.random = random;
    }

    /** What is left until a deadline; zero or less if it has passed. */
    Duration left(Instant deadline) {
        return Duration.between(clock.instant(), deadline);
    }

    Instant now() {
        return clock.instant();
    }

    /**
     * Waits before the next attempt; false, and at once, if the wait would reach the deadline.
     *
     * @param attempt how many there have been, from 1 on
     * @param atLeast what the other side asked for
     */
    boolean pause(int attempt, Duration atLeast, Instant deadline) throws InterruptedException {
        long longest = Math.min(LONGEST_MILLIS, FIRST_MILLIS << Math.min(attempt - 1, 10));
        // Half of it is fixed, so that an attempt never follows at once.
        Duration jittered = Duration.ofMillis(longest / 2 + random.nextLong(longest / 2 + 1));
        Duration wait = atLeast.compareTo(jittered) > 0 ? atLeast : jittered;
        if (wait.compareTo(left(deadline)) >= 0) {
            return false;
        }
        pause(pause, wait);
        return true;
    }

    /** Waits, and says so by its own exception when it is interrupted. */
    static void pause(Pause pause, Duration time) throws InterruptedException {
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        try {
            pause.pause(time);
        } catch (IllegalStateException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            throw e;
        }
    }
}
