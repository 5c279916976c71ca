package io.holdfast.local.lambda;

import io.holdfast.local.template.Resource;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Every function of the template, ready to be invoked by its name: in this JVM, with an environment
 * of its own, or isolated, in JVMs of its own.
 */
public final class FunctionHost implements FunctionInvoker, AutoCloseable {
    private final Map<String, HostedFunction> functions;
    private final Runnable prepare;
    private final Runnable end;

    private FunctionHost(Map<String, HostedFunction> functions, Runnable prepare, Runnable end) {
        this.functions = functions;
        this.prepare = prepare;
        this.end = end;
    }

    /** Starts one function with all of its variables. */
    @FunctionalInterface
    private interface Starter {
        HostedFunction start(Resource.Function function, Map<String, String> environment);
    }

    /**
     * Makes all handlers, side by side, so that the first invocation of each is answered at once.
     *
     * @param shared variables that every function gets beside its own, such as the endpoints of the
     *     services
     * @throws FunctionStartException naming the functions that cannot start, one a line
     */
    public static FunctionHost start(
            List<Resource.Function> functions, Map<String, String> shared) {
        return new FunctionHost(
                startAll(functions, shared, InProcessFunction::start), () -> {}, () -> {});
    }

    /**
     * Starts a JVM for each function, side by side, and waits until all of them ask for work.
     *
     * @param shared variables that every function gets beside its own, such as the endpoints of the
     *     services
     * @throws FunctionStartException naming the functions that cannot start
     */
    public static FunctionHost startIsolated(
            List<Resource.Function> functions, Map<String, String> shared) {
        JvmSetup setup = JvmSetup.create();
        try {
            return new FunctionHost(
                    startAll(
                            functions,
                            shared,
                            (function, environment) ->
                                    IsolatedFunction.start(function, environment, setup)),
                    () -> warm(setup, functions, shared),
                    setup::close);
        } catch (RuntimeException e) {
            setup.close();
            throw e;
        }
    }

    /** By the function with the most memory: it has the most to load. */
    private static void warm(
            JvmSetup setup, List<Resource.Function> functions, Map<String, String> shared) {
        functions.stream()
                .max(Comparator.comparingInt(Resource.Function::memoryMegabytes))
                .ifPresent(largest -> setup.warm(largest, environment(largest, shared)));
    }

    private static Map<String, HostedFunction> startAll(
            List<Resource.Function> functions, Map<String, String> shared, Starter starter) {
        Map<String, HostedFunction> started = new HashMap<>();
        List<String> faults = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<HostedFunction>> starting =
                    functions.stream()
                            .map(
                                    function ->
                                            CompletableFuture.supplyAsync(
                                                    () ->
                                                            starter.start(
                                                                    function,
                                                                    environment(function, shared)),
                                                    threads))
                            .toList();
            for (CompletableFuture<HostedFunction> one : starting) {
                try {
                    HostedFunction function = one.join();
                    started.put(function.function().name(), function);
                } catch (CompletionException e) {
                    if (!(e.getCause() instanceof FunctionStartException fault)) {
                        throw e;
                    }
                    faults.add(fault.getMessage());
                }
            }
        }
        if (!faults.isEmpty()) {
            started.values().forEach(HostedFunction::close);
            throw new FunctionStartException(String.join("\n", faults));
        }
        return Map.copyOf(started);
    }

    /** The variables that Lambda itself sets (developer guide, "Defined runtime variables"). */
    private static Map<String, String> environment(
            Resource.Function function, Map<String, String> shared) {
        Map<String, String> environment = new HashMap<>(shared);
        environment.putAll(function.environment());
        environment.put("AWS_LAMBDA_FUNCTION_NAME", function.name());
        environment.put("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST");
        environment.put(
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", Integer.toString(function.memoryMegabytes()));
        environment.put("AWS_LAMBDA_LOG_GROUP_NAME", "/aws/lambda/" + function.name());
        environment.put("AWS_LAMBDA_LOG_STREAM_NAME", "local");
        environment.put("_HANDLER", function.handler());
        return environment;
    }

    /** The functions, in no order. */
    public List<Resource.Function> functions() {
        return functions.values().stream().map(HostedFunction::function).toList();
    }

    /** How each function runs, by its name. */
    public List<FunctionStatus> status() {
        return functions.values().stream()
                .map(HostedFunction::status)
                .sorted(Comparator.comparing(FunctionStatus::name))
                .toList();
    }

    /**
     * Begins to start a second JVM for each isolated function, one after the other: whoever uses
     * the system already comes first.
     */
    public void warm() {
        Thread.ofVirtual()
                .name("warm")
                .start(
                        () -> {
                            prepare.run();
                            functions.values().forEach(function -> function.warm().join());
                        });
    }

    /** Ends the functions' JVMs. */
    @Override
    public void close() {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            functions.values().forEach(function -> threads.execute(function::close));
        }
        end.run();
    }

    /**
     * {@inheritDoc}
     *
     * @throws TooManyRequestsException if the function runs as often at once as it may
     */
    @Override
    public InvocationResult invoke(String functionName, byte[] event) {
        HostedFunction function = functions.get(functionName);
        if (function == null) {
            throw new UnknownFunctionException(functionName);
        }
        return function.invoke(event);
    }
}
