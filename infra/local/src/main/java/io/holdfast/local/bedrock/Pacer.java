package io.holdfast.local.bedrock;

import java.time.Duration;

/** The pauses of a model: real time in use, a test's own time in tests. */
public interface Pacer {

    /**
     * Waits.
     *
     * @throws InterruptedException if the client left meanwhile
     */
    void pause(Duration duration) throws InterruptedException;

    /** Pauses by the clock. */
    static Pacer realTime() {
        return Thread::sleep;
    }
}
