package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.McpServer;
import io.holdfast.platform.Json;
import io.modelcontextprotocol.client.McpClient;
import io.modelcontextprotocol.client.McpSyncClient;
import io.modelcontextprotocol.client.transport.HttpClientStreamableHttpTransport;
import io.modelcontextprotocol.json.jackson2.JacksonMcpJsonMapper;
import io.modelcontextprotocol.json.schema.jackson2.DefaultJsonSchemaValidator;
import io.modelcontextprotocol.spec.McpClientTransport;
import io.modelcontextprotocol.spec.McpSchema;
import io.modelcontextprotocol.spec.McpSchema.CallToolRequest;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.ProgressNotification;
import io.modelcontextprotocol.spec.McpTransportSessionNotFoundException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One session with an MCP server over streamable HTTP (Model Context Protocol, "Transports").
 *
 * <p>It is never repaired: whoever finds it dead retires it and opens another. It closes when the
 * last call on it has ended.
 */
final class McpConnection {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);

    /** Longer than any tool runs; each request has its own deadline here. */
    private static final Duration LONGEST = Duration.ofMinutes(15);

    private static final Duration PING_TIME = Duration.ofSeconds(3);

    /** How long a call waits for its own failure after the session's. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(1);

    private static final int MAX_ANSWER_BYTES = 20 * 1024 * 1024;
    private static final int MAX_PAGES = 50;
    private static final int MAX_ITEMS = 1_000;
    private static final int MAX_WAITING_PROGRESS = 100;

    private final McpSyncClient client;
    private final Headers headers;
    private final InstantSource clock;
    private final Map<String, BlockingQueue<Event>> calls = new ConcurrentHashMap<>();
    private final Map<Long, CompletableFuture<?>> questions = new ConcurrentHashMap<>();
    private final AtomicLong numbers = new AtomicLong();
    private boolean retired;
    private int running;

    private McpConnection(
            McpServer server,
            Headers headers,
            AddressGuard guard,
            InstantSource clock,
            Runnable onToolsChanged) {
        this.headers = headers;
        this.clock = clock;
        McpClientTransport transport =
                McpHooks.listened(transport(server, headers, guard), this::failed);
        this.client =
                McpClient.sync(transport)
                        .clientInfo(McpSchema.Implementation.builder("holdfast", "1").build())
                        .requestTimeout(LONGEST)
                        .initializationTimeout(LONGEST)
                        .jsonSchemaValidator(new DefaultJsonSchemaValidator(Json.MAPPER))
                        .progressConsumer(this::progressed)
                        .toolsChangeConsumer(tools -> onToolsChanged.run())
                        .build();
    }

    /**
     * Connects.
     *
     * @param onToolsChanged runs when the server says that it has other tools
     */
    static McpConnection open(
            McpServer server,
            Headers headers,
            AddressGuard guard,
            InstantSource clock,
            Duration time,
            Runnable onToolsChanged)
            throws InterruptedException, McpUnreachableException {
        McpConnection connection = new McpConnection(server, headers, guard, clock, onToolsChanged);
        boolean opened = false;
        try {
            connection.ask(connection.client::initialize, time);
            opened = true;
            return connection;
        } finally {
            if (!opened) {
                connection.retire();
            }
        }
    }

    private static McpClientTransport transport(
            McpServer server, Headers headers, AddressGuard guard) {
        URI url = server.url();
        String path =
                url.getRawPath() == null || url.getRawPath().isEmpty() ? "/" : url.getRawPath();
        return HttpClientStreamableHttpTransport.builder(
                        url.getScheme() + "://" + url.getRawAuthority())
                .endpoint(url.getRawQuery() == null ? path : path + "?" + url.getRawQuery())
                .clientBuilder(GuardedHttp.clientBuilder())
                .connectTimeout(CONNECT_TIMEOUT)
                .jsonMapper(new JacksonMcpJsonMapper(Json.MAPPER))
                .maxResponseSize(MAX_ANSWER_BYTES)
                .addHttpRequestCustomizer(
                        McpHooks.beforeRequest(
                                (request, uri) -> {
                                    if (!server.allowPrivateAddresses()) {
                                        check(guard, uri);
                                    }
                                    headers.setOn(request);
                                }))
                .build();
    }

    private static void check(AddressGuard guard, URI uri) {
        try {
            guard.check(uri);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All pages of the server's tools; none if it has no tools. */
    List<McpSchema.Tool> tools(Duration time) throws InterruptedException, McpUnreachableException {
        return client.getServerCapabilities().tools() == null
                ? List.of()
                : pages(
                        cursor -> {
                            McpSchema.ListToolsResult page = client.listTools(cursor);
                            return new Page<>(page.tools(), page.nextCursor());
                        },
                        time);
    }

    /** All pages of the server's prompts; none if it has no prompts. */
    List<McpSchema.Prompt> prompts(Duration time)
            throws InterruptedException, McpUnreachableException {
        return client.getServerCapabilities().prompts() == null
                ? List.of()
                : pages(
                        cursor -> {
                            McpSchema.ListPromptsResult page = client.listPrompts(cursor);
                            return new Page<>(page.prompts(), page.nextCursor());
                        },
                        time);
    }

    private record Page<T>(List<T> items, @Nullable String next) {}

    private interface Pages<T> {
        Page<T> after(@Nullable String cursor);
    }

    private <T> List<T> pages(Pages<T> pages, Duration time)
            throws InterruptedException, McpUnreachableException {
        List<T> items = new ArrayList<>();
        Instant end = clock.instant().plus(time);
        String cursor = null;
        for (int page = 0; page < MAX_PAGES && items.size() < MAX_ITEMS; page++) {
            String after = cursor;
            Page<T> listed = ask(() -> pages.after(after), Duration.between(clock.instant(), end));
            items.addAll(listed.items());
            cursor = listed.next();
            if (cursor == null || cursor.isEmpty()) {
                break;
            }
        }
        return items;
    }

    /** The text of a resource. */
    String resource(String uri, Duration time)
            throws InterruptedException, McpUnreachableException {
        return McpContents.text(
                ask(
                        () ->
                                client.readResource(
                                        McpSchema.ReadResourceRequest.builder(uri).build()),
                        time));
    }

    /** The messages of a prompt. */
    McpSchema.GetPromptResult prompt(String name, Map<String, String> arguments, Duration time)
            throws InterruptedException, McpUnreachableException {
        McpSchema.GetPromptRequest.Builder request = McpSchema.GetPromptRequest.builder(name);
        if (!arguments.isEmpty()) {
            request.arguments(Map.copyOf(arguments));
        }
        return ask(() -> client.getPrompt(request.build()), time);
    }

    private <T> T ask(Callable<T> question, Duration time)
            throws InterruptedException, McpUnreachableException {
        try {
            return await(question, time);
        } catch (TimeoutException e) {
            throw new McpUnreachableException("it does not answer");
        } catch (ExecutionException e) {
            throw switch (McpFault.of(e)) {
                case McpFault.Said(String words) ->
                        new McpUnreachableException(
                                "it answered with an error: " + Words.safe(hide(words)), true);
                case McpFault.NotDone(String why) -> new McpUnreachableException(why);
                case McpFault.Unknown(String why) -> new McpUnreachableException(why);
            };
        }
    }

    /**
     * The client blocks, knows no deadlines, and may never say that the session is forgotten; a
     * thread of its own can be left behind.
     */
    private <T> T await(Callable<T> question, Duration time)
            throws InterruptedException, TimeoutException, ExecutionException {
        CompletableFuture<T> answer = new CompletableFuture<>();
        long number = numbers.incrementAndGet();
        questions.put(number, answer);
        Thread asker =
                Thread.ofVirtual()
                        .name("mcp-question")
                        .start(
                                () -> {
                                    try {
                                        answer.complete(question.call());
                                    } catch (Exception e) {
                                        answer.completeExceptionally(e);
                                    }
                                });
        try {
            return answer.get(Math.max(1, time.toMillis()), TimeUnit.MILLISECONDS);
        } finally {
            questions.remove(number);
            asker.interrupt();
        }
    }

    /** What came of a call. */
    sealed interface Outcome {
        record Answered(CallToolResult result) implements Outcome {}

        record Broken(McpFault fault) implements Outcome {}

        /** The deadline passed first. */
        record Late() implements Outcome {}
    }

    private sealed interface Event {
        record Progressed(JsonNode preliminary) implements Event {}

        record Ended(Outcome outcome) implements Event {}

        /** Some stream of this session broke, perhaps the one that the answer would come by. */
        record Shaken() implements Event {}

        /** The server has forgotten the session, and turned some request away, perhaps this. */
        record Forgotten() implements Event {}
    }

    /** Calls a tool and waits for its answer, on this thread. */
    Outcome call(String tool, ToolCall call, Progress progress) throws InterruptedException {
        if (!begin()) {
            return broken(new McpFault.NotDone("the session was closed"));
        }
        String token = "t" + numbers.incrementAndGet();
        BlockingQueue<Event> events = new LinkedBlockingQueue<>();
        calls.put(token, events);
        Thread asker = null;
        try {
            // Lambda may have frozen us, and the server may have forgotten the session or closed
            // the
            // connection meanwhile. A ping that fails has done nothing; a call might have.
            if (!isAlive(left(call))) {
                return broken(new McpFault.NotDone("the server does not answer any more"));
            }
            CallToolRequest request = request(tool, call, token);
            asker =
                    Thread.ofVirtual()
                            .name("mcp-call")
                            .start(() -> events.add(new Event.Ended(outcome(request))));
            return await(call, events, progress);
        } finally {
            if (asker != null) {
                asker.interrupt();
            }
            calls.remove(token);
            end();
        }
    }

    private Outcome outcome(CallToolRequest request) {
        try {
            return new Outcome.Answered(client.callTool(request));
        } catch (RuntimeException e) {
            return broken(McpFault.of(e));
        }
    }

    private Outcome await(ToolCall call, BlockingQueue<Event> events, Progress progress)
            throws InterruptedException {
        Instant end = call.deadline();
        boolean lost = false;
        while (true) {
            long left = Math.max(0, Duration.between(clock.instant(), end).toMillis());
            Event event = events.poll(left, TimeUnit.MILLISECONDS);
            switch (event) {
                case null -> {
                    return lost
                            ? broken(new McpFault.Unknown("the connection was lost"))
                            : new Outcome.Late();
                }
                case Event.Progressed(JsonNode preliminary) -> progress.report(preliminary);
                case Event.Ended(Outcome outcome) -> {
                    return outcome;
                }
                // The answer may still come, by this stream or, resumed, by another; but not from a
                // server that is gone. The call's own failure, which says more, may be on its way.
                case Event.Shaken _ -> lost = lost || !isAlive(left(call));
                case Event.Forgotten _ -> lost = true;
            }
            if (lost) {
                Instant soon = clock.instant().plus(LAST_WORDS);
                end = soon.isBefore(end) ? soon : end;
            }
        }
    }

    private static Outcome broken(McpFault fault) {
        return new Outcome.Broken(fault);
    }

    private Duration left(ToolCall call) {
        return Duration.between(clock.instant(), call.deadline());
    }

    /**
     * MCP knows no idempotency, so a key goes along for servers that look at it; names by the rules
     * of "_meta" (Model Context Protocol, "Overview", "General fields").
     */
    private static CallToolRequest request(String tool, ToolCall call, String token) {
        Map<String, Object> arguments =
                Json.MAPPER.convertValue(
                        call.input(),
                        Json.MAPPER
                                .getTypeFactory()
                                .constructMapType(Map.class, String.class, Object.class));
        return CallToolRequest.builder(tool)
                .arguments(arguments)
                .meta(
                        Map.of(
                                "progressToken", token,
                                "io.holdfast/idempotencyKey", call.idempotencyKey(),
                                "io.holdfast/call", call.id(),
                                "io.holdfast/turn", call.turn().value(),
                                "io.holdfast/session", call.session().value()))
                .build();
    }

    private void progressed(ProgressNotification notification) {
        BlockingQueue<Event> events = calls.get(String.valueOf(notification.progressToken()));
        if (events != null && events.size() < MAX_WAITING_PROGRESS) {
            ObjectNode preliminary = Json.object().put("progress", notification.progress());
            if (notification.total() != null) {
                preliminary.put("total", notification.total());
            }
            if (notification.message() != null) {
                preliminary.put("message", Words.safe(notification.message()));
            }
            events.add(new Event.Progressed(preliminary));
        }
    }

    /**
     * Hears of a failure of any of this session's streams, before the client does; says whether the
     * client may hear of it.
     */
    private boolean failed(Throwable failure) {
        if (failure instanceof McpTransportSessionNotFoundException) {
            // The client would end all calls with one and the same error, and open a session of its
            // own. If it does not hear of it, the call that was turned away mostly gets this very
            // failure, and we know that it was not done.
            retire();
            questions.values().forEach(question -> question.completeExceptionally(failure));
            calls.values().forEach(events -> events.add(new Event.Forgotten()));
            return false;
        }
        if (McpFault.of(failure) instanceof McpFault.Unknown) {
            calls.values().forEach(events -> events.add(new Event.Shaken()));
        }
        return true;
    }

    /** Whether the server still answers in this session. */
    boolean isAlive(Duration left) throws InterruptedException {
        try {
            var _ = await(client::ping, left.compareTo(PING_TIME) < 0 ? left : PING_TIME);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            // A server that knows no ping has answered nevertheless.
            return McpFault.of(e) instanceof McpFault.Said;
        }
    }

    /** Takes the server's credentials out of its words. */
    String hide(String words) {
        return headers.hide(words);
    }

    private synchronized boolean begin() {
        if (retired) {
            return false;
        }
        running++;
        return true;
    }

    private synchronized void end() {
        running--;
        closeIfDone();
    }

    /** Takes no more calls, and closes when those that run have ended. */
    synchronized void retire() {
        retired = true;
        closeIfDone();
    }

    private void closeIfDone() {
        if (retired && running == 0) {
            // It says goodbye to the server, which may be slow or gone.
            Thread.ofVirtual().name("mcp-close").start(client::closeGracefully);
        }
    }
}
