package io.holdfast.local.lambda;

import io.holdfast.local.template.Resource;

import java.util.concurrent.CompletableFuture;

/** A function that has started: in this JVM, or in JVMs of its own. */
sealed interface HostedFunction extends AutoCloseable permits InProcessFunction, IsolatedFunction {
    Resource.Function function();

    /**
     * Runs the function once.
     *
     * @throws TooManyRequestsException if it runs as often at once as it may
     */
    InvocationResult invoke(byte[] event);

    FunctionStatus status();

    /**
     * Starts what makes the loss of a process cheap; done when that is ready, or cannot be.
     * Invocations are answered meanwhile.
     */
    CompletableFuture<Void> warm();

    @Override
    void close();
}
