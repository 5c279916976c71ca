package io.holdfast.tool;

import io.holdfast.assistant.McpServer;
import io.holdfast.tool.McpPeer.Listing;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
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
    private static final int AT_ONCE = 4;

    /** What a conversation may wait for servers before it goes on without them. */
    private static final Duration PATIENCE = Duration.ofSeconds(3);

    /** What a call may wait for its own server: without it there is nothing to go on with. */
    private static final Duration CALL_PATIENCE = Duration.ofSeconds(10);

    private final List<McpPeer> peers;

    McpServers(List<McpServer> servers, Secrets secrets, AddressGuard guard, Backoff backoff) {
        Semaphore concurrency = new Semaphore(AT_ONCE);
        this.peers =
                servers.stream()
                        .map(server -> new McpPeer(server, secrets, guard, backoff, concurrency))
                        .toList();
    }

    /** The tools of the servers that are wanted and answer, in the order of the servers. */
    List<Tool> tools(Predicate<McpServer> wanted) {
        return listings(wanted, PATIENCE, false).stream()
                .flatMap(listing -> listing.tools().stream())
                .toList();
    }

    /** The tool of a name. */
    Optional<Tool> find(String name) {
        return listings(
                        server -> name.startsWith(McpNames.clean(server.prefix())),
                        CALL_PATIENCE,
                        true)
                .stream()
                .flatMap(listing -> listing.tools().stream())
                .filter(tool -> tool.spec().name().equals(name))
                .findFirst();
    }

    /** Texts of the servers' resources and prompts. */
    List<String> words(Predicate<McpServer> wanted) {
        return listings(wanted, PATIENCE, false).stream()
                .flatMap(listing -> listing.words().stream())
                .toList();
    }

    private List<Listing> listings(
            Predicate<McpServer> wanted, Duration patience, boolean evenIfDown) {
        List<CompletableFuture<Optional<Listing>>> asked =
                peers.stream()
                        .filter(peer -> wanted.test(peer.server()))
                        .map(peer -> peer.listing(evenIfDown))
                        .toList();
        try {
            CompletableFuture.allOf(asked.toArray(CompletableFuture<?>[]::new))
                    .get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // Whoever has answered counts.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        List<Listing> listings = new ArrayList<>();
        for (CompletableFuture<Optional<Listing>> one : asked) {
            if (one.isDone() && !one.isCompletedExceptionally()) {
                one.join().ifPresent(listings::add);
            }
        }
        return listings;
    }
}
