package io.holdfast.local.lambda;

import com.amazonaws.services.lambda.runtime.RequestStreamHandler;

import io.holdfast.local.template.Resource;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;

/**
 * A function in JVMs of its own, under AWS's runtime interface client, which die without us.
 *
 * <p>An invocation that times out runs on in its JVM beside others, where Lambda would end the
 * sandbox; its answer is dropped.
 */
final class IsolatedFunction implements HostedFunction {
    private static final Logger LOG = LoggerFactory.getLogger(IsolatedFunction.class);

    /** JVMs that serve at once; more invocations than they take have to wait. */
    private static final int MAX_SERVING = 4;

    /** Lambda gives ten seconds; this machine may start many JVMs at once. */
    private static final Duration START_LIMIT = Duration.ofSeconds(60);

    /** Of an error's document: its name, its message and some of the stack. */
    private static final int LOGGED_BYTES = 2_000;

    private final Resource.Function function;
    private final SandboxPool pool;
    private final Semaphore places;

    private IsolatedFunction(Resource.Function function, SandboxPool pool) {
        this.function = function;
        this.pool = pool;
        this.places =
                new Semaphore(function.concurrency().orElse(InProcessFunction.MAX_CONCURRENCY));
    }

    /**
     * Starts its first JVM and waits until it asks for work.
     *
     * @param environment all of the function's variables
     * @throws FunctionStartException if that fails
     */
    static IsolatedFunction start(
            Resource.Function function, Map<String, String> environment, JvmSetup setup) {
        String what = checked(function);
        SandboxPool pool =
                new SandboxPool(
                        function.name(),
                        new SandboxPool.Settings(
                                JvmSetup.CONCURRENCY,
                                MAX_SERVING,
                                START_LIMIT,
                                SandboxPool.Settings::backoff),
                        events -> new FunctionJvm(setup, function, environment, events));
        try {
            pool.start();
        } catch (FunctionStartException e) {
            pool.close();
            throw new FunctionStartException(what + " did not start: " + e.getMessage(), e);
        }
        return new IsolatedFunction(function, pool);
    }

    /** Lambda's runtime tells of a missing class only when it is invoked; here that is too late. */
    private static String checked(Resource.Function function) {
        String className = function.handler().split("::", 2)[0];
        String what = function.logicalId() + " (" + className + ")";
        try {
            Class<?> handler =
                    Class.forName(className, false, IsolatedFunction.class.getClassLoader());
            if (!RequestStreamHandler.class.isAssignableFrom(handler)) {
                throw new FunctionStartException(what + " is not a RequestStreamHandler");
            }
            var _ = handler.getConstructor();
            return what;
        } catch (ClassNotFoundException e) {
            throw new FunctionStartException(what + ": there is no such class", e);
        } catch (NoSuchMethodException e) {
            throw new FunctionStartException(
                    what + " needs a public constructor without parameters", e);
        }
    }

    @Override
    public Resource.Function function() {
        return function;
    }

    @Override
    public InvocationResult invoke(byte[] event) {
        if (!places.tryAcquire()) {
            throw new TooManyRequestsException();
        }
        Invocation invocation = new Invocation(event, function.timeout(), places::release);
        pool.submit(invocation);
        try {
            InvocationResult result = invocation.await();
            if (result.functionError() != null) {
                LOG.warn(
                        "{} failed in request {}: {}",
                        function.name(),
                        invocation.id(),
                        beginning(result.payload()));
            }
            return result;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return FunctionErrors.thrown(e);
        }
    }

    private static String beginning(byte[] payload) {
        return new String(
                payload, 0, Math.min(payload.length, LOGGED_BYTES), StandardCharsets.UTF_8);
    }

    @Override
    public FunctionStatus status() {
        return pool.status();
    }

    @Override
    public CompletableFuture<Void> warm() {
        return pool.warm();
    }

    @Override
    public void close() {
        pool.close();
    }
}
