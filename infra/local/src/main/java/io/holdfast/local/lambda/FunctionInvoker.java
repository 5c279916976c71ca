package io.holdfast.local.lambda;

/** Invokes a function by its name and waits for its answer, as the Lambda service does. */
public interface FunctionInvoker {

    /**
     * Runs the function.
     *
     * @param functionName the function's name (its logical id in the template)
     * @param event the event, JSON
     * @throws UnknownFunctionException if there is no such function
     */
    InvocationResult invoke(String functionName, byte[] event);
}
