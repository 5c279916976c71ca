package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import io.holdfast.platform.Json;

import org.jspecify.annotations.NullMarked;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A small MCP server over streamable HTTP that forgets, stops, hangs and starts again on command.
 */
@NullMarked
final class TestMcpServer implements AutoCloseable {
    /** Calls of tools as they came, also those that were not answered. */
    final List<JsonNode> calls = new CopyOnWriteArrayList<>();

    final List<String> authorizations = new CopyOnWriteArrayList<>();
    final AtomicInteger listings = new AtomicInteger();
    private final Map<String, ObjectNode> tools = new ConcurrentHashMap<>();
    private final Map<String, Script> scripts = new ConcurrentHashMap<>();
    private final Set<String> sessions = ConcurrentHashMap.newKeySet();
    private final AtomicInteger sessionNumbers = new AtomicInteger();
    private final CountDownLatch end = new CountDownLatch(1);
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private volatile HttpServer server;
    private volatile int port;
    private volatile boolean hanging;

    /** Answers a call of a tool. */
    interface Script {
        ObjectNode result(Call call) throws IOException;
    }

    /** A call, whose stream is open. */
    record Call(JsonNode params, OutputStream stream) {
        void progress(double progress, String message) throws IOException {
            ObjectNode notification =
                    Json.object().put("jsonrpc", "2.0").put("method", "notifications/progress");
            notification
                    .putObject("params")
                    .put("progress", progress)
                    .put("total", 2)
                    .put("message", message)
                    .set("progressToken", params.path("_meta").path("progressToken"));
            send(stream, notification);
        }
    }

    TestMcpServer() {
        server = listen();
        port = server.getAddress().getPort();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + port + "/mcp?tenant=1");
    }

    TestMcpServer tool(String name, Script script) {
        return tool(name, "{}", script);
    }

    TestMcpServer tool(String name, String annotations, Script script) {
        ObjectNode tool = Json.object().put("name", name).put("description", "does " + name);
        tool.putObject("inputSchema").put("type", "object");
        tool.set("annotations", Calls.json(annotations));
        tools.put(name, tool);
        scripts.put(name, script);
        return this;
    }

    static ObjectNode text(String text) {
        ObjectNode result = Json.object();
        result.putArray("content").addObject().put("type", "text").put("text", text);
        return result;
    }

    /** Forgets all sessions, as a server does that was started again. */
    void forgetSessions() {
        sessions.clear();
    }

    void stop() {
        server.stop(0);
        sessions.clear();
    }

    void start() {
        server = listen();
    }

    /** Takes requests and answers none. */
    void hang() {
        hanging = true;
    }

    private HttpServer listen() {
        try {
            HttpServer started =
                    HttpServer.create(
                            new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
            started.createContext("/mcp", this::handle);
            started.setExecutor(threads);
            started.start();
            return started;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (hanging) {
                awaitEnd();
                return;
            }
            switch (exchange.getRequestMethod()) {
                case "POST" -> post(exchange);
                case "DELETE" -> exchange.sendResponseHeaders(200, -1);
                default -> exchange.sendResponseHeaders(405, -1);
            }
        }
    }

    private void post(HttpExchange exchange) throws IOException {
        authorizations.add(String.valueOf(exchange.getRequestHeaders().getFirst("Authorization")));
        JsonNode message =
                Json.readStored(
                        new String(
                                exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        String method = message.path("method").asText();
        String session = exchange.getRequestHeaders().getFirst("Mcp-Session-Id");
        if (method.equals("initialize")) {
            String fresh = "session-" + sessionNumbers.incrementAndGet();
            sessions.add(fresh);
            exchange.getResponseHeaders().set("Mcp-Session-Id", fresh);
        } else if (session == null || !sessions.contains(session)) {
            exchange.sendResponseHeaders(404, -1);
            return;
        }
        if (!message.has("id")) {
            exchange.sendResponseHeaders(202, -1);
            return;
        }
        if (method.equals("tools/call")) {
            call(exchange, message);
            return;
        }
        byte[] answer =
                Json.write(answer(message, result(method, message.path("params"))))
                        .getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(200, answer.length);
        exchange.getResponseBody().write(answer);
    }

    private void call(HttpExchange exchange, JsonNode message) throws IOException {
        JsonNode params = message.path("params");
        calls.add(params);
        exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
        exchange.sendResponseHeaders(200, 0);
        OutputStream stream = exchange.getResponseBody();
        stream.flush();
        Script script = scripts.get(params.path("name").asText());
        if (script == null) {
            throw new IOException("no such tool");
        }
        ObjectNode result = script.result(new Call(params, stream));
        send(stream, answer(message, result));
    }

    private static void send(OutputStream stream, JsonNode message) throws IOException {
        stream.write(
                ("event: message\ndata: " + Json.write(message) + "\n\n")
                        .getBytes(StandardCharsets.UTF_8));
        stream.flush();
    }

    private static ObjectNode answer(JsonNode message, ObjectNode result) {
        ObjectNode answer = Json.object().put("jsonrpc", "2.0");
        answer.set("id", message.path("id"));
        answer.set(result.has("code") ? "error" : "result", result);
        return answer;
    }

    private ObjectNode result(String method, JsonNode params) {
        return switch (method) {
            case "initialize" -> {
                ObjectNode result =
                        Json.object()
                                .put("protocolVersion", params.path("protocolVersion").asText());
                ObjectNode capabilities = result.putObject("capabilities");
                capabilities.putObject("tools");
                capabilities.putObject("resources");
                capabilities.putObject("prompts");
                result.putObject("serverInfo").put("name", "test").put("version", "1");
                yield result;
            }
            case "ping" -> Json.object();
            case "tools/list" -> page(params.path("cursor").asInt(0));
            case "resources/read" -> resource(params.path("uri").asText());
            case "prompts/list" -> prompts(params.path("cursor").asInt(0));
            case "prompts/get" -> {
                if (params.path("arguments").path("city").asText().equals("Atlantis")) {
                    yield error("no such city");
                }
                ObjectNode result = Json.object();
                ArrayNode messages = result.putArray("messages");
                messages.addObject()
                        .put("role", "user")
                        .putObject("content")
                        .put("type", "text")
                        .put(
                                "text",
                                "prompt %s %s"
                                        .formatted(
                                                params.path("name").asText(),
                                                params.path("arguments").path("city").asText())
                                        .strip());
                if (params.has("arguments")) {
                    messages.addObject()
                            .put("role", "assistant")
                            .putObject("content")
                            .put("type", "image")
                            .put("mimeType", "image/png")
                            .put("data", "AAAA");
                }
                yield result;
            }
            default -> error("unknown method");
        };
    }

    /** One prompt a page: one without arguments, one with two. */
    private static ObjectNode prompts(int page) {
        ObjectNode result = Json.object();
        ObjectNode prompt = result.putArray("prompts").addObject();
        if (page == 0) {
            prompt.put("name", "greeting");
            return result.put("nextCursor", "1");
        }
        prompt.put("name", "weather/now").put("title", "Weather").put("description", "Asks");
        ArrayNode arguments = prompt.putArray("arguments");
        arguments.addObject().put("name", "city").put("description", "Which").put("required", true);
        arguments.addObject().put("name", "day");
        return result;
    }

    private static ObjectNode resource(String uri) {
        if (uri.endsWith("missing")) {
            return error("no such resource");
        }
        ObjectNode result = Json.object();
        result.putArray("contents")
                .addObject()
                .put("uri", uri)
                .put("text", "x".repeat(uri.endsWith("long") ? 30_000 : 3));
        return result;
    }

    static ObjectNode error(String message) {
        return Json.object().put("code", -32602).put("message", message);
    }

    /** Two tools a page. */
    private ObjectNode page(int from) {
        listings.incrementAndGet();
        List<ObjectNode> all =
                tools.entrySet().stream()
                        .sorted(Map.Entry.comparingByKey())
                        .map(Map.Entry::getValue)
                        .toList();
        ObjectNode result = Json.object();
        ArrayNode page = result.putArray("tools");
        all.stream().skip(from).limit(2).forEach(page::add);
        if (from + 2 < all.size()) {
            result.put("nextCursor", Integer.toString(from + 2));
        }
        return result;
    }

    void awaitEnd() {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        end.countDown();
        server.stop(0);
        threads.shutdownNow();
    }
}
