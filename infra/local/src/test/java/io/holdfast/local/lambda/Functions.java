package io.holdfast.local.lambda;

import com.amazonaws.services.lambda.runtime.RequestStreamHandler;

import io.holdfast.local.template.Resource;
import io.holdfast.local.template.Resource.Function.Unattended;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The functions of tests. */
final class Functions {
    private Functions() {}

    static Resource.Function function(
            String name, Class<? extends RequestStreamHandler> handler, Duration timeout) {
        return function(name, handler.getName(), timeout, Optional.empty());
    }

    static Resource.Function function(
            String name, String handler, Duration timeout, Optional<Integer> concurrency) {
        return new Resource.Function(
                name,
                name,
                handler,
                Map.of("OWN", name),
                timeout,
                512,
                concurrency,
                Resource.Function.Unattended.DEFAULT);
    }

    static Resource.Function unattended(
            String name, Class<? extends RequestStreamHandler> handler, Unattended unattended) {
        return new Resource.Function(
                name,
                name,
                handler.getName(),
                Map.of(),
                Duration.ofSeconds(10),
                512,
                Optional.empty(),
                unattended);
    }

    static FunctionHost host(Resource.Function... functions) {
        return FunctionHost.start(List.of(functions), Map.of("AWS_REGION", "us-east-1"));
    }

    /** The same in JVMs of their own. */
    static FunctionHost isolated(Resource.Function... functions) {
        return FunctionHost.startIsolated(List.of(functions), Map.of("AWS_REGION", "us-east-1"));
    }
}
