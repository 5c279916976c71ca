package io.holdfast.local.lambda;

import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One invocation of an isolated function, from its acceptance to its end.
 *
 * <p>It may end after its caller was told that it timed out: until then it keeps its place.
 */
final class Invocation {
    private final String id = UUID.randomUUID().toString();
    private final byte[] event;
    private final Duration timeout;
    private final Runnable ended;
    private final AtomicBoolean over = new AtomicBoolean();
    private final CompletableFuture<InvocationResult> result = new CompletableFuture<>();
    private volatile boolean pickedUp;

    /**
     * @param timeout counts from when a sandbox picks it up: a cold start is not the function's
     * @param ended is told once
     */
    Invocation(byte[] event, Duration timeout, Runnable ended) {
        this.event = event;
        this.timeout = timeout;
        this.ended = ended;
    }

    String id() {
        return id;
    }

    byte[] event() {
        return event;
    }

    Duration timeout() {
        return timeout;
    }

    boolean pickedUp() {
        return pickedUp;
    }

    /** A sandbox has it: the function's time runs. */
    void pickUp() {
        pickedUp = true;
        result.completeOnTimeout(
                FunctionErrors.timedOut(id, timeout), timeout.toNanos(), TimeUnit.NANOSECONDS);
    }

    /** It is over; what comes after the first end, or after the timeout, is dropped. */
    void end(InvocationResult outcome) {
        if (over.compareAndSet(false, true)) {
            ended.run();
            result.complete(outcome);
        }
    }

    /** Whether its caller can be told how it ended; it may still run. */
    boolean isDone() {
        return result.isDone();
    }

    /** What the caller is told. */
    InvocationResult await() throws InterruptedException {
        try {
            return result.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("An invocation has no other end", e);
        }
    }
}
