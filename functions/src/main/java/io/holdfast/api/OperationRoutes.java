package io.holdfast.api;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.operation.CompletionQueue;
import io.holdfast.operation.Operation;
import io.holdfast.operation.OperationStore;
import io.holdfast.operation.OperationViews;
import io.holdfast.operation.WebhookVerifier;
import io.holdfast.platform.Hashes;
import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;
import io.holdfast.turn.Caller;
import io.holdfast.turn.Operations;
import io.holdfast.turn.TurnStore;

import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** What outside services post about operations, and what their owners ask. */
final class OperationRoutes {
    /** SQS takes 256 KB ("Amazon SQS message quotas"), which other characters may grow into. */
    private static final int MAX_BODY_BYTES = 200_000;

    /** What is posted. */
    private enum Post {
        COMPLETION,
        PROGRESS;

        /** The fields that count; others are the service's own. */
        List<String> fields() {
            return switch (this) {
                case COMPLETION -> List.of("success", "result", "error");
                case PROGRESS -> List.of("percent", "message");
            };
        }
    }

    private final WebhookVerifier webhooks;
    private final OperationStore operations;
    private final TurnStore turns;
    private final CompletionQueue queue;
    private final InstantSource clock;

    OperationRoutes(
            WebhookVerifier webhooks,
            OperationStore operations,
            TurnStore turns,
            CompletionQueue queue,
            InstantSource clock) {
        this.webhooks = webhooks;
        this.operations = operations;
        this.turns = turns;
        this.queue = queue;
        this.clock = clock;
    }

    /** {@code GET /operations/{operationId}}, for its owner. */
    HttpResponse show(Caller caller, HttpRequest request) {
        return find(request)
                .filter(operation -> operation.user().equals(caller.user()))
                .map(
                        operation ->
                                HttpResponse.ok(OperationViews.of(operation, isAwaited(operation))))
                .orElseGet(OperationRoutes::unknown);
    }

    /** {@code POST /operations/{operationId}/complete}. */
    HttpResponse complete(HttpRequest request) {
        return post(request, Post.COMPLETION);
    }

    /** {@code POST /operations/{operationId}/progress}. */
    HttpResponse progress(HttpRequest request) {
        return post(request, Post.PROGRESS);
    }

    private HttpResponse post(HttpRequest request, Post post) {
        String body = request.body();
        if (body.getBytes(StandardCharsets.UTF_8).length > MAX_BODY_BYTES) {
            return HttpResponse.problem(
                    413,
                    "Content Too Large",
                    "At most %,d bytes are taken. Store more elsewhere, and post where it is."
                            .formatted(MAX_BODY_BYTES));
        }
        return switch (webhooks.verify(request.headers(), body)) {
            case WebhookVerifier.Verdict.NotConfigured() ->
                    HttpResponse.problem(
                            503,
                            "Service Unavailable",
                            "No webhook secret and no API key is configured here.");
            case WebhookVerifier.Verdict.Rejected(String reason) ->
                    HttpResponse.problem(401, "Unauthorized", "Not accepted: " + reason + ".");
            case WebhookVerifier.Verdict.Accepted(String deliveryId) ->
                    accepted(request, body, deliveryId, post);
        };
    }

    private HttpResponse accepted(HttpRequest request, String body, String deliveryId, Post post) {
        Optional<ObjectNode> json = Json.readObject(body);
        if (json.isEmpty()) {
            return invalid("The body must be a JSON object.");
        }
        ObjectNode message = json.get().retain(post.fields());
        switch (post) {
            case COMPLETION -> {
                if (!message.path("success").isBoolean()) {
                    return invalid("success must be true or false.");
                }
            }
            case PROGRESS -> {
                if (!Operation.isProgress(message)) {
                    return invalid("percent must be a number from 0 to 100, message a text.");
                }
            }
        }
        Optional<Operation> found = find(request);
        if (found.isEmpty()) {
            return unknown();
        }
        Operation operation = found.get();
        String hash = Hashes.sha256(request.route() + "\n" + body);
        boolean isOver = operation.outcome() != null || !isAwaited(operation);
        // What is refused is not noted: it would be taken when it comes again.
        OperationStore.Noted noted =
                isOver
                        ? operations.noted(operation.id(), deliveryId, hash)
                        : operations.note(operation.id(), deliveryId, hash, clock.instant());
        if (noted == OperationStore.Noted.OTHER) {
            return HttpResponse.problem(
                    409, "Conflict", "Something else was delivered under this id before.");
        }
        if (isOver && noted == OperationStore.Noted.NEW) {
            return HttpResponse.problem(
                    410, "Gone", "The operation has ended: nobody waits for this any more.");
        }
        // Also what has come before: whoever noted it may have died before the queue.
        queue.put(message.put("operationId", operation.id().value()).put("deliveryId", deliveryId));
        return new HttpResponse(
                202,
                HttpResponse.JSON,
                Json.object().put("operationId", operation.id().value()).put("accepted", true));
    }

    private boolean isAwaited(Operation operation) {
        return turns.find(operation.turn())
                .filter(turn -> Operations.isAwaited(turn, operation.detached()))
                .isPresent();
    }

    private Optional<Operation> find(HttpRequest request) {
        return Optional.of(request.pathParameter("operationId"))
                .filter(OperationId::isValid)
                .flatMap(id -> operations.find(new OperationId(id)));
    }

    private static HttpResponse unknown() {
        return HttpResponse.problem(404, "Not Found", "There is no such operation.");
    }

    private static HttpResponse invalid(String detail) {
        return HttpResponse.problem(400, "Bad Request", detail);
    }
}
