package io.holdfast.tool;

import io.holdfast.assistant.McpServer;
import io.holdfast.tool.McpPeer.Listing;

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
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * The MCP servers of a catalog, asked side by side.
 *
 * <p>What they offer is kept for 5 minutes. A server that does not answer is left out, so that it
 * holds up nobody, and asked again 10 seconds later.
 */
final class McpServers {
    private static final Logger LOG = LoggerFactory.getLogger(McpServers.class);
    private static final int AT_ONCE = 4;

    /** What a conversation may wait for servers before it goes on without them. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    /** What a call may wait for its own server: without it there is nothing to go on with. */
    private static final Duration CALL_PATIENCE = Duration.ofSeconds(10);

    /**
     * What listing prompts may take, and then again one prompt: the gateway waits 30 s for both
     * (API Gateway, "HTTP API quotas").
     */
    private static final Duration PROMPT_PATIENCE = Duration.ofSeconds(10);

    private final List<McpPeer> peers;
    private final Backoff backoff;

    McpServers(List<McpServer> servers, Secrets secrets, AddressGuard guard, Backoff backoff) {
        this.backoff = backoff;
        Semaphore concurrency = new Semaphore(AT_ONCE);
        this.peers =
                servers.stream()
                        .map(server -> new McpPeer(server, secrets, guard, backoff, concurrency))
                        .toList();
    }

    /** The tools of the servers that are wanted and answer, in the order of the servers. */
    List<Tool> tools(Predicate<McpServer> wanted) {
        return menu(wanted).items();
    }

    /** The same, with those servers that do not answer. */
    Menu<Tool> menu(Predicate<McpServer> wanted) {
        Menu<Listing> heard = listings(wanted, PATIENCE, false);
        return new Menu<>(
                heard.items().stream().flatMap(listing -> listing.tools().stream()).toList(),
                heard.silent());
    }

    /** The tool of a name. */
    Optional<Tool> find(String name) {
        return listings(
                        server -> name.startsWith(McpNames.clean(server.prefix())),
                        CALL_PATIENCE,
                        true)
                .items()
                .stream()
                .flatMap(listing -> listing.tools().stream())
                .filter(tool -> tool.spec().name().equals(name))
                .findFirst();
    }

    /** Texts of the servers' resources and prompts. */
    List<String> words(Predicate<McpServer> wanted) {
        return listings(wanted, PATIENCE, false).items().stream()
                .flatMap(listing -> listing.words().stream())
                .toList();
    }

    /** The prompts of all servers that answer now, in the order of the servers. */
    Menu<Prompt> prompts() throws InterruptedException {
        Menu<Prompts> heard = askForPrompts(peer -> true);
        return new Menu<>(
                heard.items().stream()
                        .flatMap(prompts -> prompts.byRemoteName().values().stream())
                        .toList(),
                heard.silent());
    }

    /** What the prompt of a name says. */
    PromptAnswer prompt(String name, Map<String, String> arguments) throws InterruptedException {
        Menu<Prompts> heard =
                askForPrompts(peer -> name.startsWith(McpNames.clean(peer.server().prefix())));
        for (Prompts prompts : heard.items()) {
            for (Map.Entry<String, Prompt> entry : prompts.byRemoteName().entrySet()) {
                if (entry.getValue().name().equals(name)) {
                    return prompts.say(entry.getKey(), entry.getValue(), arguments);
                }
            }
        }
        return heard.silent().isEmpty()
                ? new PromptAnswer.Unknown()
                : new PromptAnswer.Failed(
                        "The server " + heard.silent().getFirst() + " does not answer");
    }

    /** What a server has offered just now, by its own names. */
    private record Prompts(McpPeer peer, Map<String, Prompt> byRemoteName, Instant end) {

        PromptAnswer say(String remoteName, Prompt prompt, Map<String, String> arguments)
                throws InterruptedException {
            List<String> known = prompt.arguments().stream().map(Prompt.Argument::name).toList();
            for (Prompt.Argument argument : prompt.arguments()) {
                if (argument.required() && !arguments.containsKey(argument.name())) {
                    return new PromptAnswer.Invalid(
                            "The argument " + argument.name() + " is missing");
                }
            }
            if (!known.containsAll(arguments.keySet())) {
                return new PromptAnswer.Invalid("The prompt has these arguments: " + known);
            }
            try {
                return new PromptAnswer.Said(peer.prompt(remoteName, arguments, end));
            } catch (McpUnreachableException e) {
                return new PromptAnswer.Failed(
                        "The server %s cannot be used: %s"
                                .formatted(prompt.server(), e.getMessage()));
            }
        }
    }

    private Menu<Prompts> askForPrompts(Predicate<McpPeer> wanted) throws InterruptedException {
        Instant end = backoff.now().plus(PROMPT_PATIENCE);
        Map<McpPeer, CompletableFuture<Map<String, Prompt>>> asked = new LinkedHashMap<>();
        peers.stream()
                .filter(wanted)
                .forEach(
                        peer -> {
                            CompletableFuture<Map<String, Prompt>> answer =
                                    new CompletableFuture<>();
                            asked.put(peer, answer);
                            Thread.ofVirtual()
                                    .name("mcp-" + peer.server().name())
                                    .start(() -> complete(answer, peer, end));
                        });
        List<Prompts> prompts = new ArrayList<>();
        List<String> silent = new ArrayList<>();
        for (Map.Entry<McpPeer, CompletableFuture<Map<String, Prompt>>> one : asked.entrySet()) {
            McpPeer peer = one.getKey();
            try {
                long left = Math.max(1, backoff.left(end).toMillis());
                Map<String, Prompt> found = one.getValue().get(left, TimeUnit.MILLISECONDS);
                prompts.add(new Prompts(peer, found, backoff.now().plus(PROMPT_PATIENCE)));
            } catch (TimeoutException | ExecutionException e) {
                silent.add(peer.server().name());
            }
        }
        return new Menu<>(prompts, silent);
    }

    private static void complete(
            CompletableFuture<Map<String, Prompt>> answer, McpPeer peer, Instant end) {
        try {
            answer.complete(peer.prompts(end));
        } catch (McpUnreachableException e) {
            LOG.warn(
                    "The MCP server {} does not list its prompts: {}",
                    peer.server().name(),
                    e.getMessage());
            answer.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            answer.completeExceptionally(e);
        } catch (RuntimeException e) {
            // A secret that cannot be had, or an answer that the client cannot read.
            LOG.warn(
                    "The MCP server {} does not list its prompts: {}",
                    peer.server().name(),
                    e.getClass().getSimpleName());
            answer.completeExceptionally(e);
        }
    }

    private Menu<Listing> listings(
            Predicate<McpServer> wanted, Duration patience, boolean evenIfDown) {
        Map<McpPeer, CompletableFuture<Optional<Listing>>> asked = new LinkedHashMap<>();
        peers.stream()
                .filter(peer -> wanted.test(peer.server()))
                .forEach(peer -> asked.put(peer, peer.listing(evenIfDown)));
        try {
            CompletableFuture.allOf(asked.values().toArray(CompletableFuture<?>[]::new))
                    .get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // Whoever has answered counts.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<Listing> listings = new ArrayList<>();
        List<String> silent = new ArrayList<>();
        asked.forEach(
                (peer, one) -> {
                    Optional<Listing> listing =
                            one.isDone() && !one.isCompletedExceptionally()
                                    ? one.join()
                                    : Optional.empty();
                    listing.ifPresentOrElse(listings::add, () -> silent.add(peer.server().name()));
                });
        return new Menu<>(listings, silent);
    }
}
