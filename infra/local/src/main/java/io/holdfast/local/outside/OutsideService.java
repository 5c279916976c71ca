package io.holdfast.local.outside;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;

import io.holdfast.local.gateway.LocalRequest;
import io.holdfast.local.gateway.LocalResponse;
import io.holdfast.local.gateway.LocalRoute;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.random.RandomGenerator;

/**
 * A service that does long work for operations, to rehearse with.
 *
 * <p>{@code POST /local/service/operations} takes work and answers 202, or 422 with words if it is
 * to reject it, 410 if that work has been called off, or 429 if it does a hundred works already.
 * {@code GET} of the same path lists the works that it remembers, the latest first: {@code
 * [{"operationId","tool","label","working","cancelled"?,"posts":[{"kind","status"}]}]}. {@code POST
 * /local/service/cancel} of {@code {"operationId","reason"}} calls work off, also what is done: it
 * answers 200, as often as it is asked, or 404 if it remembers no such work; the first reason is
 * listed as {@code cancelled}. {@code GET /local/service/secret} answers {@code
 * {"secret":"whsec_…"}}, for whoever wants to speak in its name.
 */
public final class OutsideService implements AutoCloseable {
    private static final String OPERATIONS = "/local/service/operations";
    private static final int MAX_WORKING = 100;
    private static final int MAX_REMEMBERED = 1_000;

    private final WebhookSecret secret;
    private final Callbacks callbacks;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    /** By idempotency key. */
    private final Map<String, Work> working = new ConcurrentHashMap<>();

    // Guarded by itself.
    private final Deque<Work> remembered = new ArrayDeque<>();

    /**
     * Begins nothing before it is asked to.
     *
     * @param secret what it signs its calls with
     */
    public OutsideService(WebhookSecret secret, InstantSource clock, RandomGenerator random) {
        this.secret = secret;
        this.callbacks = new Callbacks(secret, clock, random);
    }

    /** The routes. */
    public List<LocalRoute> routes() {
        return List.of(
                new LocalRoute("POST", OPERATIONS, this::take),
                new LocalRoute("GET", OPERATIONS, request -> list()),
                new LocalRoute("POST", "/local/service/cancel", this::cancel),
                new LocalRoute("GET", "/local/service/secret", request -> tellSecret()));
    }

    private LocalResponse take(LocalRequest request) {
        return switch (WorkOrder.read(request.body())) {
            case WorkOrder.Reading.Unreadable(String why) -> LocalResponse.text(400, why);
            case WorkOrder.Reading.Read(WorkOrder order)
                    when order.outcome() == WorkOrder.Outcome.REJECT ->
                    LocalResponse.text(422, "This work cannot be done here.");
            case WorkOrder.Reading.Read(WorkOrder order) -> take(order);
        };
    }

    private LocalResponse take(WorkOrder order) {
        Work work = new Work(order, callbacks);
        synchronized (remembered) {
            if (isCancelled(order.key())) {
                return LocalResponse.text(410, "This work is not wanted any more.");
            }
            if (working.containsKey(order.key())) {
                return accepted();
            }
            if (working.size() >= MAX_WORKING) {
                return LocalResponse.text(429, "There is too much work already.");
            }
            working.put(order.key(), work);
            remembered.addFirst(work);
            if (remembered.size() > MAX_REMEMBERED) {
                remembered.removeLast();
            }
        }
        try {
            work.begin();
            var ignored = threads.submit(() -> goOn(work));
            return accepted();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            end(work);
            return LocalResponse.text(503, "The service ends.");
        } catch (RejectedExecutionException e) {
            end(work);
            return LocalResponse.text(503, "The service ends.");
        }
    }

    /** A caller that has crashed may ask once more for what it has called off. */
    private boolean isCancelled(String key) {
        return remembered.stream()
                .anyMatch(work -> work.order().key().equals(key) && work.isCancelled());
    }

    private LocalResponse cancel(LocalRequest request) {
        return CancelOrder.read(request.body())
                .map(this::cancel)
                .orElseGet(() -> LocalResponse.text(400, "operationId and reason must be texts."));
    }

    private LocalResponse cancel(CancelOrder order) {
        synchronized (remembered) {
            List<Work> works =
                    remembered.stream()
                            .filter(work -> work.order().operationId().equals(order.operationId()))
                            .toList();
            works.forEach(work -> work.cancel(order.reason()));
            return works.isEmpty()
                    ? LocalResponse.text(404, "There is no such work.")
                    : LocalResponse.json(200, "{\"cancelled\":true}");
        }
    }

    private void goOn(Work work) {
        try {
            work.goOn();
        } catch (InterruptedException e) {
            // The service ends, and this thread with it.
            Thread.currentThread().interrupt();
        } finally {
            end(work);
        }
    }

    private void end(Work work) {
        work.ended();
        working.remove(work.order().key(), work);
    }

    private static LocalResponse accepted() {
        return LocalResponse.json(202, "{\"accepted\":true}");
    }

    private LocalResponse list() {
        ArrayNode works = JsonNodeFactory.instance.arrayNode();
        synchronized (remembered) {
            remembered.forEach(work -> works.add(work.describe()));
        }
        return LocalResponse.json(200, works.toString());
    }

    private LocalResponse tellSecret() {
        return LocalResponse.json(
                200, JsonNodeFactory.instance.objectNode().put("secret", secret.text()).toString());
    }

    /** Drops the work that is not done. */
    @Override
    public void close() {
        threads.shutdownNow();
        callbacks.close();
    }
}
