package io.holdfast.local.gateway;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.local.lambda.FunctionInvoker;
import io.holdfast.local.lambda.InvocationResult;
import io.holdfast.local.lambda.UnknownFunctionException;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Function;

/** Functions that record their events and answer what the test says. */
final class FakeFunctions implements FunctionInvoker {
    static final String OK = "{\"statusCode\":200}";

    private final Map<String, Function<JsonNode, String>> functions = new ConcurrentHashMap<>();
    private final Map<String, List<JsonNode>> events = new ConcurrentHashMap<>();

    /** The function answers with this JSON; what it throws becomes a function error. */
    FakeFunctions on(String name, Function<JsonNode, String> function) {
        functions.put(name, function);
        return this;
    }

    FakeFunctions returning(String name, String json) {
        return on(name, event -> json);
    }

    FakeFunctions ok(String... names) {
        for (String name : names) {
            returning(name, OK);
        }
        return this;
    }

    List<JsonNode> eventsOf(String name) {
        return events.getOrDefault(name, List.of());
    }

    @Override
    public InvocationResult invoke(String functionName, byte[] event) {
        Function<JsonNode, String> function = functions.get(functionName);
        if (function == null) {
            throw new UnknownFunctionException(functionName);
        }
        JsonNode node = Json.parse(event);
        if (node == null) {
            throw new IllegalArgumentException("The event is not JSON");
        }
        events.computeIfAbsent(functionName, name -> new CopyOnWriteArrayList<>()).add(node);
        try {
            return new InvocationResult(
                    function.apply(node).getBytes(StandardCharsets.UTF_8), null);
        } catch (RuntimeException e) {
            return new InvocationResult(Json.message("thrown by the test"), "Unhandled");
        }
    }
}
