package io.holdfast.local.lambda;

import org.jspecify.annotations.Nullable;

/** What a sandbox asks and tells. */
interface SandboxEvents {
    /**
     * The next invocation; waits for it. The first call tells that the function has started.
     *
     * @return null if the sandbox has ended meanwhile
     */
    @Nullable Invocation next() throws InterruptedException;

    /**
     * The function has answered, or thrown.
     *
     * @return false if no such invocation runs in this sandbox
     */
    boolean answered(String requestId, InvocationResult result);

    /** The process is gone; told once, and nothing after it. */
    void ended(SandboxEnd end);
}
