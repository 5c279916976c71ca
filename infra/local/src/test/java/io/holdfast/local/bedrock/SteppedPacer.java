package io.holdfast.local.bedrock;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;

/** Goes on as often as the test allows. */
final class SteppedPacer implements Pacer {
    final Semaphore steps = new Semaphore(0);
    final AtomicInteger waiting = new AtomicInteger();
    final AtomicInteger left = new AtomicInteger();

    @Override
    public void pause(Duration duration) throws InterruptedException {
        waiting.incrementAndGet();
        try {
            steps.acquire();
        } catch (InterruptedException e) {
            left.incrementAndGet();
            throw e;
        } finally {
            waiting.decrementAndGet();
        }
    }

    void runFreely() {
        steps.release(1_000_000);
    }
}
