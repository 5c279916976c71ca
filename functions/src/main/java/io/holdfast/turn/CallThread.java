package io.holdfast.turn;

import io.holdfast.platform.TurnId;
import io.holdfast.stream.Fence;
import io.holdfast.stream.TurnStream;
import io.holdfast.stream.TurnStream.Opened;
import io.holdfast.tool.Tool;
import io.holdfast.tool.ToolCall;
import io.holdfast.tool.ToolResult;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs a tool on a thread of its own, so that a cancelled turn or a deadline ends the wait. */
final class CallThread {
    private static final Logger LOG = LoggerFactory.getLogger(CallThread.class);

    /** How soon a tool learns that its turn was cancelled; one look at Redis each. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** A tool that keeps its deadline itself says in better words what it waited for. */
    private static final Duration GRACE = Duration.ofMillis(500);

    private final TurnStream stream;
    private final TurnId turn;
    private final InstantSource clock;

    CallThread(TurnStream stream, TurnId turn, InstantSource clock) {
        this.stream = stream;
        this.turn = turn;
        this.clock = clock;
    }

    /**
     * Runs a call.
     *
     * @return empty if the turn has ended meanwhile
     * @throws RuntimeException what the tool throws: a bug, or of the way to it
     */
    Optional<ToolResult> run(Tool tool, ToolCall call, CallProgress progress) {
        // The attempt is in the record by now: a cancel that comes later knows that it has begun.
        if (hasEnded()) {
            return Optional.empty();
        }
        CompletableFuture<ToolResult> result = new CompletableFuture<>();
        Map<String, String> context = MDC.getCopyOfContextMap();
        Thread thread =
                Thread.ofVirtual()
                        .name("tool-" + call.id())
                        .start(
                                () -> {
                                    if (context != null) {
                                        MDC.setContextMap(context);
                                    }
                                    run(tool, call, progress, result);
                                });
        try {
            while (true) {
                Duration left = Duration.between(clock.instant(), call.deadline()).plus(GRACE);
                if (!left.isPositive()) {
                    return Optional.of(new ToolResult.Failure("The tool did not answer in time."));
                }
                long wait = Math.min(left.toMillis() + 1, LOOK.toMillis());
                try {
                    return Optional.of(result.get(wait, TimeUnit.MILLISECONDS));
                } catch (TimeoutException e) {
                    if (hasEnded()) {
                        return Optional.empty();
                    }
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a tool ran", e);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException failure
                    ? failure
                    : new IllegalStateException("a tool ended by an error", e.getCause());
        } finally {
            progress.end();
            thread.interrupt();
        }
    }

    private boolean hasEnded() {
        return stream.open(turn, Fence.NONE, clock.instant()) instanceof Opened.Ended;
    }

    private static void run(
            Tool tool, ToolCall call, CallProgress progress, CompletableFuture<ToolResult> result) {
        try {
            result.complete(tool.run(call, progress));
        } catch (InterruptedException e) {
            result.complete(new ToolResult.Failure("The call was interrupted."));
        } catch (RuntimeException e) {
            LOG.error("The tool {} broke down", tool.spec().name(), e);
            result.completeExceptionally(e);
        } catch (Error e) {
            result.completeExceptionally(e);
            throw e;
        }
    }
}
