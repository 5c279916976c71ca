package io.holdfast.local.lambda;

import com.amazonaws.services.lambda.runtime.RequestStreamHandler;

import io.holdfast.local.template.Resource;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A function whose handler runs in this JVM. One handler serves all invocations, many at once,
 * where Lambda would have several: handlers must not keep an invocation's state in fields.
 */
final class InProcessFunction implements HostedFunction {
    private static final Logger LOG = LoggerFactory.getLogger(InProcessFunction.class);

    /** Lambda's limit on a synchronous request or response, in bytes (6 MB and some room). */
    static final int MAX_PAYLOAD = 6 * 1024 * 1024 + 100;

    /** Lambda's default limit on concurrent invocations in an account. */
    static final int MAX_CONCURRENCY = 1_000;

    private final Resource.Function function;
    private final RequestStreamHandler handler;
    private final Semaphore places;
    private final AtomicInteger inFlight = new AtomicInteger();

    private InProcessFunction(Resource.Function function, RequestStreamHandler handler) {
        this.function = function;
        this.handler = handler;
        this.places = new Semaphore(function.concurrency().orElse(MAX_CONCURRENCY));
    }

    /**
     * Makes the handler.
     *
     * @param environment all of the function's variables
     * @throws FunctionStartException if that fails
     */
    static InProcessFunction start(Resource.Function function, Map<String, String> environment) {
        String className = function.handler().split("::", 2)[0];
        String what = function.logicalId() + " (" + className + ")";
        try {
            Object handler = handler(Class.forName(className), Map.copyOf(environment));
            if (!(handler instanceof RequestStreamHandler streams)) {
                throw new FunctionStartException(what + " is not a RequestStreamHandler");
            }
            return new InProcessFunction(function, streams);
        } catch (ClassNotFoundException e) {
            throw new FunctionStartException(what + ": there is no such class", e);
        } catch (NoSuchMethodException e) {
            throw new FunctionStartException(
                    what
                            + " needs a public constructor (Map<String, String> environment), or"
                            + " one without parameters if it needs no variables",
                    e);
        } catch (InvocationTargetException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
            throw new FunctionStartException(what + " did not start: " + why, cause);
        } catch (ReflectiveOperationException e) {
            throw new FunctionStartException(what + " cannot be made: " + e.getMessage(), e);
        }
    }

    /** The variables are not this JVM's, so a handler that needs them takes them. */
    private static Object handler(Class<?> type, Map<String, String> environment)
            throws ReflectiveOperationException {
        for (Constructor<?> constructor : type.getConstructors()) {
            if (Arrays.equals(constructor.getParameterTypes(), new Class<?>[] {Map.class})) {
                return constructor.newInstance(environment);
            }
        }
        return type.getConstructor().newInstance();
    }

    @Override
    public Resource.Function function() {
        return function;
    }

    @Override
    public FunctionStatus status() {
        return new FunctionStatus(
                function.name(), ProcessHandle.current().pid(), inFlight.get(), null);
    }

    /** It cannot be lost without us. */
    @Override
    public CompletableFuture<Void> warm() {
        return CompletableFuture.completedFuture(null);
    }

    /** Handlers have no end. */
    @Override
    public void close() {}

    @Override
    public InvocationResult invoke(byte[] event) {
        if (!places.tryAcquire()) {
            throw new TooManyRequestsException();
        }
        inFlight.incrementAndGet();
        String requestId = UUID.randomUUID().toString();
        CompletableFuture<InvocationResult> result = new CompletableFuture<>();
        Thread thread =
                Thread.ofVirtual()
                        .name(function.name() + "-" + requestId)
                        .start(
                                () -> {
                                    try {
                                        result.complete(handle(event, requestId));
                                    } finally {
                                        // A handler that ignores its interrupt keeps its place.
                                        inFlight.decrementAndGet();
                                        places.release();
                                    }
                                });
        try {
            return result.get(function.timeout().toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            thread.interrupt();
            LOG.warn("{} timed out in request {}", function.name(), requestId);
            return FunctionErrors.timedOut(requestId, function.timeout());
        } catch (InterruptedException e) {
            thread.interrupt();
            Thread.currentThread().interrupt();
            return FunctionErrors.thrown(e);
        } catch (ExecutionException e) {
            return FunctionErrors.thrown(e);
        }
    }

    // Whatever a handler throws is its answer, errors included: the runtime on Lambda does so.
    private InvocationResult handle(byte[] event, String requestId) {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        try {
            handler.handleRequest(
                    new ByteArrayInputStream(event),
                    output,
                    new InvocationContext(function, requestId));
        } catch (Throwable e) {
            LOG.warn("{} failed in request {}", function.name(), requestId, e);
            return FunctionErrors.thrown(e);
        }
        return output.size() > MAX_PAYLOAD
                ? FunctionErrors.tooLarge(MAX_PAYLOAD)
                : new InvocationResult(output.toByteArray(), null);
    }
}
