package io.holdfast.stream;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CompletableFuture;
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
            outcome.complete(new Delivered.Failed(pump.subscriber(), e.getClass().getSimpleName()));
        } catch (Error e) {
            outcome.completeExceptionally(e);
            throw e;
        }
    }

    /** Its outcome; unfinished if there is none at this time. */
    Delivered await(Instant limit, InstantSource clock) {
        long millis = Math.max(0, Duration.between(clock.instant(), limit).toMillis());
        try {
            return outcome.get(millis, TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            return pump.unfinished();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return pump.unfinished();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a delivery ended by an error", e.getCause());
        }
    }
}
