package io.holdfast.local.states;

import java.time.Instant;
import java.time.InstantSource;

/** Tells the time and rings at one. The tests' clock moves only when it is told to. */
public interface Timer extends InstantSource {

    /**
     * Runs a task once, at a time or soon after; at once if the time has passed.
     *
     * @param task short, since others wait behind it
     */
    Alarm schedule(Instant at, Runnable task);

    /** A task that will run. */
    interface Alarm {
        /** Sees to it that the task does not run, if it has not yet. */
        void cancel();
    }
}
