package io.holdfast.local.lambda;

import io.holdfast.local.template.Resource;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Every function of the template, ready to be invoked by its name. Each runs in this JVM, with an
 * environment of its own.
 */
public final class FunctionHost implements FunctionInvoker {
    private final Map<String, InProcessFunction> functions;

    private FunctionHost(Map<String, InProcessFunction> functions) {
        this.functions = functions;
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
        Map<String, InProcessFunction> started = new HashMap<>();
        List<String> faults = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<InProcessFunction>> starting =
                    functions.stream()
                            .map(
                                    function ->
                                            CompletableFuture.supplyAsync(
                                                    () ->
                                                            InProcessFunction.start(
                                                                    function,
                                                                    environment(function, shared)),
                                                    threads))
                            .toList();
            for (CompletableFuture<InProcessFunction> one : starting) {
                try {
                    InProcessFunction function = one.join();
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
            throw new FunctionStartException(String.join("\n", faults));
        }
        return new FunctionHost(Map.copyOf(started));
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
        return functions.values().stream().map(InProcessFunction::function).toList();
    }

    /**
     * {@inheritDoc}
     *
     * @throws TooManyRequestsException if the function runs as often at once as it may
     */
    @Override
    public InvocationResult invoke(String functionName, byte[] event) {
        InProcessFunction function = functions.get(functionName);
        if (function == null) {
            throw new UnknownFunctionException(functionName);
        }
        return function.invoke(event);
    }
}
