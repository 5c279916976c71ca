package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.McpServer;
import io.holdfast.platform.Json;
import io.modelcontextprotocol.spec.McpSchema;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;

/** One MCP server: its connection, and what it offered when it was asked last. */
final class McpPeer {
    private static final Logger LOG = LoggerFactory.getLogger(McpPeer.class);
    private static final Duration FRESH = Duration.ofMinutes(5);
    private static final Duration DOWN = Duration.ofSeconds(10);
    private static final Duration ASKING = Duration.ofSeconds(10);
    private static final int MAX_DESCRIPTION = 4_000;
    private static final int MAX_WORDS = 20_000;

    private final McpServer server;
    private final Secrets secrets;
    private final AddressGuard guard;
    private final Backoff backoff;
    private final Semaphore concurrency;

    private final ReentrantLock opening = new ReentrantLock();
    private volatile @Nullable McpConnection connection;

    private @Nullable Listing listing;
    private @Nullable CompletableFuture<Optional<Listing>> asking;
    private Instant askAgain = Instant.MIN;
    private boolean reportedDown;

    McpPeer(
            McpServer server,
            Secrets secrets,
            AddressGuard guard,
            Backoff backoff,
            Semaphore concurrency) {
        this.server = server;
        this.secrets = secrets;
        this.guard = guard;
        this.backoff = backoff;
        this.concurrency = concurrency;
    }

    /** What a server offered. */
    record Listing(List<Tool> tools, List<String> words, Instant at) {
        Listing {
            tools = List.copyOf(tools);
            words = List.copyOf(words);
        }
    }

    McpServer server() {
        return server;
    }

    /**
     * What the server offers, when it is known; empty if the server is down.
     *
     * @param evenIfDown whether to ask a server that was down a moment ago
     */
    synchronized CompletableFuture<Optional<Listing>> listing(boolean evenIfDown) {
        Instant now = backoff.now();
        if (listing != null && now.isBefore(listing.at().plus(FRESH))) {
            return CompletableFuture.completedFuture(Optional.of(listing));
        }
        if (asking != null) {
            return asking;
        }
        if (!evenIfDown && now.isBefore(askAgain)) {
            return CompletableFuture.completedFuture(Optional.empty());
        }
        CompletableFuture<Optional<Listing>> started = new CompletableFuture<>();
        asking = started;
        Thread.ofVirtual().name("mcp-" + server.name()).start(() -> started.complete(refresh()));
        return started;
    }

    /** On a thread of its own, so that whoever waits may stop waiting. */
    private Optional<Listing> refresh() {
        Listing fetched = null;
        String why = "it could not be asked";
        try {
            concurrency.acquire();
            try {
                fetched = fetch();
            } finally {
                concurrency.release();
            }
        } catch (McpUnreachableException e) {
            why = String.valueOf(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            // A secret that cannot be had, or an answer that the client cannot read.
            why = e.getClass().getSimpleName();
        }
        settle(fetched, why);
        return Optional.ofNullable(fetched);
    }

    private synchronized void settle(@Nullable Listing fetched, String why) {
        asking = null;
        listing = fetched;
        if (fetched == null) {
            askAgain = backoff.now().plus(DOWN);
            if (!reportedDown) {
                LOG.warn("The MCP server {} is left out: {}", server.name(), why);
            }
        } else if (reportedDown) {
            LOG.info("The MCP server {} is back", server.name());
        }
        reportedDown = fetched == null;
    }

    private Listing fetch() throws InterruptedException, McpUnreachableException {
        McpConnection opened = alive(ASKING);
        try {
            return list(opened);
        } catch (McpUnreachableException e) {
            drop(opened);
            throw e;
        }
    }

    /** The connection, another one if it is dead. */
    private McpConnection alive(Duration time)
            throws InterruptedException, McpUnreachableException {
        McpConnection held = connection;
        if (held != null && !held.isAlive(time)) {
            drop(held);
        }
        return connection(time);
    }

    /** The server's prompts, by the server's own names for them, asked for now. */
    Map<String, Prompt> prompts(Instant end) throws InterruptedException, McpUnreachableException {
        Map<String, Prompt> prompts = new LinkedHashMap<>();
        for (McpSchema.Prompt prompt : asked(end, opened -> opened.prompts(backoff.left(end)))) {
            McpNames.fit(server.prefix(), prompt.name())
                    .filter(name -> prompts.values().stream().noneMatch(p -> p.name().equals(name)))
                    .ifPresent(name -> prompts.put(prompt.name(), prompt(name, prompt)));
        }
        return prompts;
    }

    private Prompt prompt(String name, McpSchema.Prompt prompt) {
        List<McpSchema.PromptArgument> arguments =
                prompt.arguments() == null ? List.of() : prompt.arguments();
        return new Prompt(
                name,
                server.name(),
                cut(prompt.title()),
                cut(prompt.description()),
                arguments.stream()
                        .map(
                                argument ->
                                        new Prompt.Argument(
                                                argument.name(),
                                                cut(argument.description()),
                                                Boolean.TRUE.equals(argument.required())))
                        .toList());
    }

    private static @Nullable String cut(@Nullable String text) {
        return text == null ? null : Words.cut(text, MAX_DESCRIPTION);
    }

    /** What a prompt says; the server's own name for it. */
    List<PromptAnswer.Line> prompt(String remoteName, Map<String, String> arguments, Instant end)
            throws InterruptedException, McpUnreachableException {
        return asked(
                end,
                opened ->
                        McpContents.lines(opened.prompt(remoteName, arguments, backoff.left(end)))
                                .stream()
                                .map(
                                        line ->
                                                new PromptAnswer.Line(
                                                        line.role(),
                                                        Words.cut(
                                                                opened.hide(line.text()),
                                                                MAX_WORDS)))
                                .toList());
    }

    private interface Question<T> {
        T ask(McpConnection connection) throws InterruptedException, McpUnreachableException;
    }

    private <T> T asked(Instant end, Question<T> question)
            throws InterruptedException, McpUnreachableException {
        McpConnection opened = alive(backoff.left(end));
        try {
            return question.ask(opened);
        } catch (McpUnreachableException e) {
            if (!e.answered()) {
                drop(opened);
            }
            throw e;
        }
    }

    private Listing list(McpConnection asked) throws InterruptedException, McpUnreachableException {
        Instant end = backoff.now().plus(ASKING);
        Map<String, Tool> tools = new LinkedHashMap<>();
        for (McpSchema.Tool tool : asked.tools(backoff.left(end))) {
            Optional<String> name = McpNames.fit(server.prefix(), tool.name());
            if (name.isEmpty() || tools.containsKey(name.get())) {
                LOG.warn(
                        "A tool of the MCP server {} is left out: its name {}",
                        server.name(),
                        name.isEmpty() ? "does not fit" : "is taken: " + name.get());
            } else {
                tools.put(name.get(), tool(name.get(), tool));
            }
        }
        return new Listing(List.copyOf(tools.values()), words(asked, end), backoff.now());
    }

    private Tool tool(String name, McpSchema.Tool tool) {
        ObjectNode schema =
                tool.inputSchema() == null
                        ? Json.object().put("type", "object")
                        : Json.MAPPER.valueToTree(tool.inputSchema());
        String description = tool.description() == null ? tool.title() : tool.description();
        ToolSpec spec =
                new ToolSpec(
                        name,
                        description == null ? "" : Words.cut(description, MAX_DESCRIPTION),
                        server.risks().getOrDefault(tool.name(), server.risk()),
                        schema,
                        server.timeout(),
                        true);
        McpSchema.ToolAnnotations hints = tool.annotations();
        boolean repeatable =
                hints != null
                        && (Boolean.TRUE.equals(hints.readOnlyHint())
                                || Boolean.TRUE.equals(hints.idempotentHint()));
        return new McpTool(spec, tool.name(), repeatable, this, backoff);
    }

    /** What cannot be read is left out: the tools do not depend on it. */
    private List<String> words(McpConnection asked, Instant end) throws InterruptedException {
        List<String> words = new ArrayList<>();
        for (String uri : server.resources()) {
            try {
                add(words, asked.resource(uri, backoff.left(end)));
            } catch (McpUnreachableException e) {
                LOG.warn(
                        "A resource of the MCP server {} is left out: {}",
                        server.name(),
                        e.getMessage());
            }
        }
        for (String name : server.prompts()) {
            try {
                add(words, McpContents.text(asked.prompt(name, Map.of(), backoff.left(end))));
            } catch (McpUnreachableException e) {
                LOG.warn(
                        "A prompt of the MCP server {} is left out: {}",
                        server.name(),
                        e.getMessage());
            }
        }
        return words;
    }

    private static void add(List<String> words, String text) {
        if (!text.isBlank()) {
            words.add(Words.cut(text, MAX_WORDS));
        }
    }

    /** The connection, opened if there is none; one at a time. */
    McpConnection connection(Duration time) throws InterruptedException, McpUnreachableException {
        McpConnection open = connection;
        if (open != null) {
            return open;
        }
        Instant end = backoff.now().plus(time);
        if (!opening.tryLock(Math.max(0, time.toMillis()), TimeUnit.MILLISECONDS)) {
            throw new McpUnreachableException("it does not answer");
        }
        try {
            open = connection;
            if (open == null) {
                Duration left = backoff.left(end);
                open =
                        McpConnection.open(
                                server,
                                Headers.of(server.headers(), secrets),
                                guard,
                                backoff::now,
                                left.compareTo(ASKING) < 0 ? left : ASKING,
                                this::forget);
                connection = open;
            }
            return open;
        } finally {
            opening.unlock();
        }
    }

    /** Takes a connection out of use, because it is dead. */
    void drop(McpConnection dead) {
        opening.lock();
        try {
            if (connection == dead) {
                connection = null;
            }
        } finally {
            opening.unlock();
        }
        dead.retire();
    }

    private synchronized void forget() {
        listing = null;
    }
}
