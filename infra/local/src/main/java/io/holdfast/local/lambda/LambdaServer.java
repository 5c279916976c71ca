package io.holdfast.local.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.http.ServiceAnswer;
import io.holdfast.local.http.ServiceCall;
import io.holdfast.local.http.ServiceServer;
import io.holdfast.local.template.Pseudo;
import io.holdfast.local.template.Resource;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The service's API before the functions: Invoke, ListFunctions and GetFunction, as the Lambda API
 * reference has them. Signatures are not checked.
 */
public final class LambdaServer implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String VERSION = "2015-03-31";

    /** The largest event of an asynchronous invocation, 1 MB ("Lambda quotas"). */
    private static final int MAX_ASYNC_EVENT = 1024 * 1024;

    private final Supplier<FunctionHost> functions;
    private final AsyncInvocations async;
    private final ServiceServer server;

    private LambdaServer(
            int port, Supplier<FunctionHost> functions, DeadLetters letters, List<Duration> delays)
            throws IOException {
        this.functions = functions;
        this.async =
                new AsyncInvocations(
                        (name, event) -> functions.get().invoke(name, event), letters, delays);
        this.server = ServiceServer.start("lambda", port, this::answer);
    }

    /**
     * Starts the server.
     *
     * @param port where to listen; 0 picks a free port
     * @param functions may block until the functions have started
     * @param letters for what has failed though nobody waited for it
     * @throws IOException if the port is taken
     */
    public static LambdaServer start(
            int port, Supplier<FunctionHost> functions, DeadLetters letters) throws IOException {
        return start(port, functions, letters, AsyncInvocations.LAMBDA_DELAYS);
    }

    /** Starts the server with other delays before the retries of asynchronous invocations. */
    static LambdaServer start(
            int port, Supplier<FunctionHost> functions, DeadLetters letters, List<Duration> delays)
            throws IOException {
        return new LambdaServer(port, functions, letters, delays);
    }

    /** The endpoint to give to a client. */
    public URI url() {
        return server.url();
    }

    @Override
    public void close() {
        server.close();
        async.close();
    }

    private ServiceAnswer answer(ServiceCall call) throws IOException {
        List<String> path = call.path();
        boolean functionsPath =
                path.size() >= 2 && path.get(0).equals(VERSION) && path.get(1).equals("functions");
        if (functionsPath && path.size() == 2 && call.method().equals("GET")) {
            return list();
        }
        if (!functionsPath || path.size() < 3) {
            return error(404, "UnknownOperationException", "There is no such operation here.");
        }
        Optional<Resource.Function> found = find(path.get(2));
        if (found.isEmpty()) {
            return notFound(path.get(2));
        }
        Resource.Function function = found.get();
        String rest = path.size() == 3 ? "" : path.get(3);
        return switch (call.method() + " " + rest) {
            case "POST invocations" -> invoke(call, function);
            case "GET " ->
                    ServiceAnswer.json(
                            200,
                            JsonNodeFactory.instance
                                    .objectNode()
                                    .<ObjectNode>set("Configuration", configuration(function))
                                    .toString());
            case "GET configuration" -> ServiceAnswer.json(200, configuration(function).toString());
            default -> error(404, "UnknownOperationException", "There is no such operation here.");
        };
    }

    private ServiceAnswer invoke(ServiceCall call, Resource.Function function) throws IOException {
        String type = call.header("X-Amz-Invocation-Type").orElse("RequestResponse");
        int limit = type.equals("Event") ? MAX_ASYNC_EVENT : InProcessFunction.MAX_PAYLOAD;
        Optional<byte[]> body = call.body(limit);
        if (body.isEmpty()) {
            return error(
                    413,
                    "RequestTooLargeException",
                    "Request must be smaller than " + limit + " bytes for the Invoke operation");
        }
        byte[] event = body.get().length == 0 ? "{}".getBytes(StandardCharsets.UTF_8) : body.get();
        try {
            JSON.readTree(event);
        } catch (JsonProcessingException e) {
            return error(
                    400,
                    "InvalidRequestContentException",
                    "Could not parse request body into json: " + e.getOriginalMessage());
        }
        return switch (type) {
            case "RequestResponse" -> run(function, event);
            case "Event" ->
                    async.offer(function, event)
                            ? new ServiceAnswer(202, Map.of(), new byte[0])
                            : throttled();
            case "DryRun" -> new ServiceAnswer(204, Map.of(), new byte[0]);
            default ->
                    error(
                            400,
                            "InvalidParameterValueException",
                            "Value '" + type + "' at 'invocationType' is not an invocation type");
        };
    }

    private ServiceAnswer run(Resource.Function function, byte[] event) {
        InvocationResult result;
        try {
            result = functions.get().invoke(function.name(), event);
        } catch (TooManyRequestsException e) {
            return throttled();
        }
        Map<String, String> headers = new HashMap<>();
        headers.put("Content-Type", "application/json");
        headers.put("X-Amz-Executed-Version", "$LATEST");
        String failure = result.functionError();
        if (failure != null) {
            headers.put("X-Amz-Function-Error", failure);
        }
        return new ServiceAnswer(200, headers, result.payload());
    }

    private ServiceAnswer list() {
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode list = answer.putArray("Functions");
        functions.get().functions().stream()
                .sorted(Comparator.comparing(Resource.Function::name))
                .forEach(function -> list.add(configuration(function)));
        return ServiceAnswer.json(200, answer.toString());
    }

    private static ObjectNode configuration(Resource.Function function) {
        return JsonNodeFactory.instance
                .objectNode()
                .put("FunctionName", function.name())
                .put("FunctionArn", function.arn())
                .put("Runtime", "java25")
                .put("Handler", function.handler())
                .put("Timeout", function.timeout().toSeconds())
                .put("MemorySize", function.memoryMegabytes())
                .put("PackageType", "Zip")
                .put("State", "Active")
                .put("Version", "$LATEST");
    }

    /** A name, an ARN or a part of one, perhaps with a version or an alias behind it. */
    private Optional<Resource.Function> find(String nameOrArn) {
        int at = nameOrArn.indexOf("function:");
        String name = at < 0 ? nameOrArn : nameOrArn.substring(at + "function:".length());
        String unqualified = name.split(":", 2)[0];
        return functions.get().functions().stream()
                .filter(function -> function.name().equals(unqualified))
                .findFirst();
    }

    private static ServiceAnswer notFound(String name) {
        String arn = name.startsWith("arn:") ? name : Pseudo.arn("lambda", "function:" + name);
        return error(404, "ResourceNotFoundException", "Function not found: " + arn);
    }

    private static ServiceAnswer throttled() {
        ObjectNode body =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("Type", "User")
                        .put("message", "Rate Exceeded.")
                        .put("Reason", "ReservedFunctionConcurrentInvocationLimitExceeded");
        return ServiceAnswer.error(429, "TooManyRequestsException", body.toString());
    }

    private static ServiceAnswer error(int status, String type, String message) {
        ObjectNode body =
                JsonNodeFactory.instance.objectNode().put("Type", "User").put("Message", message);
        return ServiceAnswer.error(status, type, body.toString());
    }
}
