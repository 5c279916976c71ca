package io.holdfast.local.lambda;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import io.holdfast.local.http.ServiceAnswer;
import io.holdfast.local.http.ServiceCall;
import io.holdfast.local.http.ServiceServer;

import java.io.IOException;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The Runtime API of one sandbox, which its runtime asks for work and tells the results (Lambda
 * developer guide, "Using the Lambda runtime API for custom runtimes").
 */
final class RuntimeApi implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final List<String> ROOT = List.of("2018-06-01", "runtime");
    private static final ServiceAnswer ACCEPTED = ServiceAnswer.json(202, "{\"status\":\"OK\"}");

    /** An error's document has stack traces, and is cut by nobody. */
    private static final int MAX_ERROR = 6 * 1024 * 1024;

    private final String functionArn;
    private final SandboxEvents events;
    private final Consumer<String> initFault;
    private final InstantSource clock;
    private final ServiceServer server;

    /**
     * Starts on a free port.
     *
     * @param initFault is told why the function cannot start
     * @throws IOException if there is no free port
     */
    RuntimeApi(
            String functionArn,
            SandboxEvents events,
            Consumer<String> initFault,
            InstantSource clock)
            throws IOException {
        this.functionArn = functionArn;
        this.events = events;
        this.initFault = initFault;
        this.clock = clock;
        this.server = ServiceServer.start("runtime", 0, this::answer);
    }

    /** The value of {@code AWS_LAMBDA_RUNTIME_API}. */
    String address() {
        return server.url().getAuthority();
    }

    @Override
    public void close() {
        server.close();
    }

    private ServiceAnswer answer(ServiceCall call) throws IOException {
        List<String> path = call.path();
        if (path.size() < 4 || !path.subList(0, 2).equals(ROOT)) {
            return error(404, "NotFound", "There is no such operation here.");
        }
        String what = call.method() + " " + path.get(2) + " " + path.getLast();
        return switch (what) {
            case "GET invocation next" -> next();
            case "POST invocation response" -> response(call, path.get(3));
            case "POST invocation error" -> failure(call, path.get(3));
            case "POST init error" -> initError(call);
            default -> error(404, "NotFound", "There is no such operation here.");
        };
    }

    private ServiceAnswer next() throws IOException {
        Invocation invocation;
        try {
            invocation = events.next();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("the sandbox is closed", e);
        }
        if (invocation == null) {
            throw new IOException("the sandbox has ended");
        }
        Map<String, String> headers = new HashMap<>();
        headers.put("Content-Type", "application/json");
        headers.put("Lambda-Runtime-Aws-Request-Id", invocation.id());
        headers.put(
                "Lambda-Runtime-Deadline-Ms",
                Long.toString(clock.instant().plus(invocation.timeout()).toEpochMilli()));
        headers.put("Lambda-Runtime-Invoked-Function-Arn", functionArn);
        headers.put("Lambda-Runtime-Trace-Id", traceId(invocation));
        return new ServiceAnswer(200, headers, invocation.event());
    }

    /** As X-Ray has it; nothing is sampled here. */
    private String traceId(Invocation invocation) {
        String digits = invocation.id().replace("-", "");
        return String.format(
                "Root=1-%08x-%s;Parent=%s;Sampled=0",
                clock.instant().getEpochSecond(), digits.substring(0, 24), digits.substring(16));
    }

    private ServiceAnswer response(ServiceCall call, String requestId) throws IOException {
        Optional<byte[]> body = call.body(InProcessFunction.MAX_PAYLOAD);
        InvocationResult result =
                body.map(payload -> new InvocationResult(payload, null))
                        .orElseGet(() -> FunctionErrors.tooLarge(InProcessFunction.MAX_PAYLOAD));
        if (!events.answered(requestId, result)) {
            return unknown(requestId);
        }
        return body.isPresent()
                ? ACCEPTED
                : error(
                        413,
                        "RequestEntityTooLarge",
                        "Exceeded maximum allowed payload size ("
                                + InProcessFunction.MAX_PAYLOAD
                                + " bytes).");
    }

    private ServiceAnswer failure(ServiceCall call, String requestId) throws IOException {
        byte[] document = call.body(MAX_ERROR).orElseGet(() -> new byte[] {'{', '}'});
        return events.answered(requestId, new InvocationResult(document, "Unhandled"))
                ? ACCEPTED
                : unknown(requestId);
    }

    private ServiceAnswer initError(ServiceCall call) throws IOException {
        initFault.accept(message(call.body(MAX_ERROR).orElseGet(() -> new byte[0])));
        return ACCEPTED;
    }

    private static String message(byte[] document) throws IOException {
        try {
            JsonNode error = JSON.readTree(document);
            String message = error.path("errorMessage").asText("");
            return message.isBlank() ? error.path("errorType").asText("unknown error") : message;
        } catch (JsonProcessingException e) {
            return "unknown error";
        }
    }

    private static ServiceAnswer unknown(String requestId) {
        return error(400, "InvalidRequestID", "Invalid request ID: " + requestId);
    }

    private static ServiceAnswer error(int status, String type, String message) {
        return ServiceAnswer.json(
                status,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("errorMessage", message)
                        .put("errorType", type)
                        .toString());
    }
}
