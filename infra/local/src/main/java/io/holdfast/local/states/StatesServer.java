package io.holdfast.local.states;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import io.holdfast.local.states.language.InvalidDefinitionException;
import io.holdfast.local.states.language.Json;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Step Functions behind its own API (AWS JSON 1.0), on the loopback interface. Requests need no
 * credentials.
 */
public final class StatesServer implements AutoCloseable {
    static {
        // Without it, the JDK's server may hold each answer back for 40 ms. Read once, by the
        // class that the first server loads.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private static final Logger LOG = LoggerFactory.getLogger(StatesServer.class);
    private static final String TARGET = "AWSStepFunctions.";
    // The largest request is a definition of 1 MiB with every character escaped.
    private static final int MAX_BODY = 8 << 20;

    private final HttpServer server;
    private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
    private final ServiceApi api;

    private StatesServer(HttpServer server, StatesEngine engine) {
        this.server = server;
        this.api = new ServiceApi(engine);
    }

    /**
     * Serves an engine.
     *
     * @param port where, or 0 for a free one
     * @throws UncheckedIOException if the port is taken
     */
    public static StatesServer start(int port, StatesEngine engine) {
        try {
            HttpServer http =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1024);
            StatesServer server = new StatesServer(http, engine);
            http.setExecutor(server.executor);
            http.createContext("/", server::handle);
            http.start();
            return server;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Where it listens, without a slash at the end. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Stops listening; what runs in the engine runs on. */
    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            int status = 200;
            ObjectNode answer;
            try {
                answer = answer(exchange);
            } catch (StatesException e) {
                status = 400;
                answer = error(e.code(), String.valueOf(e.getMessage()));
            } catch (InvalidDefinitionException e) {
                status = 400;
                answer = error("InvalidDefinition", String.valueOf(e.getMessage()));
            } catch (RuntimeException e) {
                LOG.error("A request failed", e);
                status = 500;
                answer = error("InternalFailure", "The engine failed: " + e);
            }
            byte[] body = Json.write(answer).getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().set("Content-Type", "application/x-amz-json-1.0");
            exchange.getResponseHeaders().set("x-amzn-RequestId", UUID.randomUUID().toString());
            exchange.sendResponseHeaders(status, body.length);
            exchange.getResponseBody().write(body);
        }
    }

    private ObjectNode answer(HttpExchange exchange) throws IOException {
        byte[] body = exchange.getRequestBody().readNBytes(MAX_BODY + 1);
        if (body.length > MAX_BODY) {
            throw new StatesException(
                    "RequestEntityTooLargeException",
                    "The request is larger than " + MAX_BODY + " bytes");
        }
        String target = exchange.getRequestHeaders().getFirst("X-Amz-Target");
        if (target == null || !target.startsWith(TARGET)) {
            throw new StatesException(
                    "UnknownOperationException",
                    "The header X-Amz-Target must name an operation of AWSStepFunctions");
        }
        JsonNode request;
        try {
            request = Json.read(body.length == 0 ? new byte[] {'{', '}'} : body);
        } catch (IOException e) {
            throw new StatesException("SerializationException", "The body is not JSON");
        }
        if (!request.isObject()) {
            throw new StatesException("SerializationException", "The body is not an object");
        }
        return api.call(target.substring(TARGET.length()), new ServiceRequest(request));
    }

    private static ObjectNode error(String code, String message) {
        return Json.object().put("__type", code).put("message", message);
    }

    /** Runs alone; {@code --help} tells how. */
    public static void main(String[] arguments) {
        System.exit(StatesMain.run(arguments, System.out, System.err));
    }
}
