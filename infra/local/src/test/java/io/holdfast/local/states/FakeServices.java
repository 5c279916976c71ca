package io.holdfast.local.states;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import io.holdfast.local.states.language.Json;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;

/** Lambda and SQS on a free port: functions are lambdas here too, queues remember. */
final class FakeServices implements AutoCloseable {
    static {
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    /** What a function or a queue answers. */
    record Reply(int status, String body, Map<String, String> headers) {
        static Reply ok(String json) {
            return new Reply(200, json, Map.of());
        }

        /** The event itself. */
        static Reply okOf(JsonNode event) {
            return ok(event.toString());
        }

        static Reply functionError(String json) {
            return new Reply(200, json, Map.of("X-Amz-Function-Error", "Unhandled"));
        }

        static Reply serviceError(int status, String type) {
            return new Reply(status, "{\"message\":\"no\"}", Map.of("x-amzn-ErrorType", type));
        }
    }

    /** A function's code. */
    interface Function {
        Reply call(JsonNode event) throws InterruptedException;
    }

    /** One request that came. */
    record Request(String path, JsonNode body, Map<String, List<String>> headers) {}

    private final HttpServer server;
    private final Map<String, Function> functions = new ConcurrentHashMap<>();
    final List<Request> requests = new CopyOnWriteArrayList<>();

    FakeServices() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 256);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    void function(String name, Function function) {
        functions.put(name, function);
    }

    /** Makes a function that answers when the latch is down. */
    CountDownLatch hanging(String name) {
        CountDownLatch latch = new CountDownLatch(1);
        function(
                name,
                _ -> {
                    latch.await();
                    return Reply.ok("\"late\"");
                });
        return latch;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().toString();
            JsonNode body = Json.read(exchange.getRequestBody().readAllBytes());
            requests.add(new Request(path, body, Map.copyOf(exchange.getRequestHeaders())));
            Reply reply = reply(path, body);
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            reply.headers().forEach(exchange.getResponseHeaders()::set);
            byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(reply.status(), bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private Reply reply(String path, JsonNode body) throws InterruptedException {
        if (path.equals("/")) {
            return body.path("QueueUrl").asText().endsWith("/missing")
                    ? new Reply(
                            400,
                            "{\"__type\":\"com.amazonaws.sqs#QueueDoesNotExist\",\"message\":\"no\"}",
                            Map.of())
                    : Reply.ok("{\"MessageId\":\"m-1\",\"MD5OfMessageBody\":\"d41d\"}");
        }
        String name = path.split("/", -1)[3];
        Function function = functions.get(name);
        return function == null
                ? Reply.serviceError(404, "ResourceNotFoundException")
                : function.call(body);
    }

    @Override
    public void close() {
        server.stop(0);
    }
}
