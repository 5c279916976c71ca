package io.holdfast.local.outside;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** One piece of work that the service has taken. */
final class Work {
    /** The longest that a start is held up by a completion that overtakes it. */
    private static final Duration LONGEST_START = Duration.ofSeconds(5);

    /** What was posted, and how the last attempt was answered. */
    private record Delivery(String kind, int status) {}

    private final WorkOrder order;
    private final Callbacks callbacks;
    private final List<Delivery> deliveries = new CopyOnWriteArrayList<>();
    private final Cancellation cancellation = new Cancellation();
    private volatile boolean working = true;

    Work(WorkOrder order, Callbacks callbacks) {
        this.order = order;
        this.callbacks = callbacks;
    }

    WorkOrder order() {
        return order;
    }

    /** Says nothing more, but for what is being posted; the first reason holds. */
    void cancel(String reason) {
        cancellation.say(reason);
    }

    boolean isCancelled() {
        return cancellation.reason().isPresent();
    }

    /** What precedes the answer that the work is taken. */
    void begin() throws InterruptedException {
        if (order.outcome() == WorkOrder.Outcome.EARLY) {
            complete();
            // Long enough for the completion to have its effect first.
            Duration time = order.time();
            var _ =
                    cancellation.comesWithin(
                            time.compareTo(LONGEST_START) < 0 ? time : LONGEST_START);
        }
    }

    /** What follows it. */
    void goOn() throws InterruptedException {
        if (order.outcome() == WorkOrder.Outcome.EARLY || !takeTime()) {
            return;
        }
        switch (order.outcome()) {
            case EARLY, REJECT, SILENT -> {}
            case COMPLETE -> complete();
            case TWICE -> {
                complete();
                complete();
            }
            case FAIL -> fail();
        }
    }

    void ended() {
        working = false;
    }

    /**
     * Tells how far it is, at even distances before the end.
     *
     * @return false if nobody wants the work any more: it is given up
     */
    private boolean takeTime() throws InterruptedException {
        long from = System.nanoTime();
        int parts = order.progress() + 1;
        for (int i = 1; i <= order.progress(); i++) {
            if (isCancelledUntil(from, order.time().multipliedBy(i).dividedBy(parts))) {
                return false;
            }
            ObjectNode report =
                    JsonNodeFactory.instance
                            .objectNode()
                            .put("percent", 100 * i / parts)
                            .put("message", "Part %d of %d is done".formatted(i, parts));
            if (!post("progress", order.progressUrl(), report)) {
                return false;
            }
        }
        return !isCancelledUntil(from, order.time());
    }

    private void complete() throws InterruptedException {
        ObjectNode completion = JsonNodeFactory.instance.objectNode().put("success", true);
        completion
                .putObject("result")
                .put("report", "The work of %s is done.".formatted(order.tool()))
                .put("ms", order.time().toMillis());
        var _ = post("complete", order.completeUrl(), completion);
    }

    private void fail() throws InterruptedException {
        ObjectNode completion = JsonNodeFactory.instance.objectNode().put("success", false);
        completion.putObject("error").put("message", "The service could not finish the work.");
        var _ = post("complete", order.completeUrl(), completion);
    }

    /** False if nobody wants the work any more. */
    private boolean post(String kind, URI url, ObjectNode body) throws InterruptedException {
        if (isCancelled()) {
            return false;
        }
        int status = callbacks.post(url, body.toString(), cancellation);
        deliveries.add(new Delivery(kind, status));
        return status != 404 && status != 410;
    }

    private boolean isCancelledUntil(long from, Duration time) throws InterruptedException {
        return cancellation.comesWithin(
                Duration.ofNanos(Math.max(0, from + time.toNanos() - System.nanoTime())));
    }

    ObjectNode describe() {
        ObjectNode description =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("operationId", order.operationId())
                        .put("tool", order.tool())
                        .put("label", order.label())
                        .put("working", working);
        cancellation.reason().ifPresent(reason -> description.put("cancelled", reason));
        ArrayNode posts = description.putArray("posts");
        for (Delivery delivery : deliveries) {
            posts.addObject().put("kind", delivery.kind()).put("status", delivery.status());
        }
        return description;
    }
}
