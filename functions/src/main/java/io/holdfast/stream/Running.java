package io.holdfast.stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** A delivery under way on a virtual thread of its own. */
final class Running {
    private static final Logger LOG = LoggerFactory.getLogger(Running.class);

    private final Pump pump;
    private final CompletableFuture<Delivered> outcome = new CompletableFuture<>();

    Running(Pump pump) {
        this.pump = pump;
    }

    /** Starts the delivery; what it throws is logged and is a failed delivery. */
    void start(Supplier<Delivered> delivery) {
        Thread.ofVirtual().name("deliver").start(() -> run(delivery));
    }

    private void run(Supplier<Delivered> delivery) {
        try {
            Delivered delivered = delivery.get();
            if (delivered instanceof Delivered.Failed(Subscriber subscriber, String reason)) {
                LOG.warn("delivery to {} stopped: {}", subscriber.connection(), reason);
            }
            outcome.complete(delivered);
        } catch (RuntimeException e) {
            LOG.error("delivery to {} failed", pump.subscriber().connection(), e);
            outcome.complete(failed(e.getClass().getSimpleName()));
        } catch (Error e) {
            outcome.completeExceptionally(e);
            throw e;
        }
    }

    /** Stores the cursor if that is possible by now; else an earlier one holds: that repeats. */
    private Delivered failed(String reason) {
        try {
            return pump.failed(reason);
        } catch (RuntimeException e) {
            LOG.warn("its cursor could not be stored: {}", e.toString());
            return new Delivered.Failed(pump.subscriber(), reason);
        }
    }

    /**
     * The outcomes of all, in their order. Those that are under way when the time is up are given
     * back, and stop by themselves after the post that they wait for: that may be long.
     */
    static List<Delivered> settle(List<Running> all, Duration limit) {
        CompletableFuture<?> everyone =
                CompletableFuture.allOf(
                        all.stream().map(one -> one.outcome).toArray(CompletableFuture[]::new));
        boolean interrupted = false;
        try {
            everyone.get(Math.max(0, limit.toNanos()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException | ExecutionException e) {
            // Who is late is given back, and what failed is told below.
        } catch (InterruptedException e) {
            interrupted = true;
        }
        giveBack(all.stream().filter(one -> !one.outcome.isDone()).toList());
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return all.stream().map(Running::found).toList();
    }

    private static void giveBack(List<Running> late) {
        late.forEach(one -> one.pump.stop());
        boolean reachable = true;
        for (Running one : late) {
            Delivered unfinished = one.pump.unfinished();
            try {
                // A stream that does not answer is not asked again: the leases run out.
                if (reachable) {
                    unfinished = one.pump.giveBack();
                }
            } catch (RuntimeException e) {
                reachable = false;
                LOG.warn("a lease could not be given back", e);
            }
            one.outcome.complete(unfinished);
        }
    }

    private Delivered found() {
        try {
            return outcome.join();
        } catch (CompletionException e) {
            throw new IllegalStateException("a delivery ended by an error", e.getCause());
        }
    }
}
