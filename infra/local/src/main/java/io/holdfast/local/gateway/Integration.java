package io.holdfast.local.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.lambda.FunctionInvoker;
import io.holdfast.local.lambda.InvocationResult;
import io.holdfast.local.lambda.UnknownFunctionException;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks a function, and waits no longer than the gateway does. */
final class Integration {
    private static final Logger log = LoggerFactory.getLogger(Integration.class);

    private final FunctionInvoker functions;
    private final ExecutorService threads;

    Integration(FunctionInvoker functions, ExecutorService threads) {
        this.functions = functions;
        this.threads = threads;
    }

    /** What came of it. */
    sealed interface Outcome {
        /** The function's result, JSON. */
        @SuppressWarnings("ArrayRecordComponent")
        record Answered(byte[] payload) implements Outcome {}

        /** It threw, or there is none of that name. */
        record Failed() implements Outcome {}

        /** It was not done in time. It runs on: the gateway cannot stop a function. */
        record TimedOut() implements Outcome {}
    }

    Outcome invoke(String functionName, ObjectNode event, Duration timeout) {
        byte[] bytes = Json.bytes(event);
        try {
            Future<InvocationResult> running =
                    threads.submit(() -> functions.invoke(functionName, bytes));
            InvocationResult result = running.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
            if (result.functionError() != null) {
                log.warn("{} failed: {}", functionName, result.functionError());
                return new Outcome.Failed();
            }
            return new Outcome.Answered(result.payload());
        } catch (ExecutionException e) {
            if (e.getCause() instanceof UnknownFunctionException unknown) {
                log.error("{}", unknown.getMessage());
            } else {
                log.error("{} could not be invoked", functionName, e.getCause());
            }
            return new Outcome.Failed();
        } catch (TimeoutException e) {
            log.warn("{} took more than {} ms", functionName, timeout.toMillis());
            return new Outcome.TimedOut();
        } catch (RejectedExecutionException e) {
            // The gateway is closing.
            return new Outcome.Failed();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Outcome.Failed();
        }
    }
}
