package io.holdfast.api;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.operation.CompletionQueue;
import io.holdfast.operation.Operation;
import io.holdfast.operation.OperationCanceller;
import io.holdfast.operation.OperationReader;
import io.holdfast.operation.OperationStore;
import io.holdfast.operation.OperationStore.Late;
import io.holdfast.operation.WebhookVerifier;
import io.holdfast.platform.Hashes;
import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.SessionId;
import io.holdfast.turn.Caller;

import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** What outside services post about operations, and what their owners ask. */
final class OperationRoutes implements Route.Group {
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

        /** What it says. */
        String what(ObjectNode message) {
            return switch (this) {
                case COMPLETION -> message.path("success").booleanValue() ? "completed" : "failed";
                case PROGRESS -> "progress";
            };
        }
    }

    /** So many a page of a list holds. */
    private static final int PAGE = 20;

    private static final Pattern PLACE = Pattern.compile("\\d{15}#[A-Za-z0-9_-]{8,80}");

    private final WebhookVerifier webhooks;
    private final OperationStore operations;
    private final OperationReader reader;
    private final OperationCanceller canceller;
    private final CompletionQueue queue;
    private final InstantSource clock;

    OperationRoutes(
            WebhookVerifier webhooks,
            OperationStore operations,
            OperationReader reader,
            OperationCanceller canceller,
            CompletionQueue queue,
            InstantSource clock) {
        this.webhooks = webhooks;
        this.operations = operations;
        this.reader = reader;
        this.canceller = canceller;
        this.queue = queue;
        this.clock = clock;
    }

    @Override
    public Map<String, Route> routes(Guard guard) {
        return Map.of(
                "GET /operations/{operationId}",
                guard.caller(this::show),
                "POST /operations/{operationId}/cancel",
                guard.caller(this::cancel),
                "GET /sessions/{sessionId}/operations",
                guard.session((caller, session, request) -> list(session.id(), request)),
                "POST /operations/{operationId}/complete",
                request -> post(request, Post.COMPLETION),
                "POST /operations/{operationId}/progress",
                request -> post(request, Post.PROGRESS));
    }

    /** {@code GET /operations/{operationId}}, for its owner. */
    private HttpResponse show(Caller caller, HttpRequest request) {
        return find(caller, request)
                .map(operation -> HttpResponse.ok(reader.viewWithLate(operation)))
                .orElseGet(OperationRoutes::unknown);
    }

    /**
     * {@code POST /operations/{operationId}/cancel}, for its owner: {@code {operationId, cancelled,
     * status}}, whether this call did it, and how the operation is now.
     */
    private HttpResponse cancel(Caller caller, HttpRequest request) {
        Optional<Operation> found = find(caller, request);
        if (found.isEmpty()) {
            return unknown();
        }
        OperationId id = found.get().id();
        boolean cancelled = canceller.cancel(found.get());
        Operation now = operations.find(id).orElse(found.get());
        return HttpResponse.ok(
                Json.object()
                        .put("operationId", id.value())
                        .put("cancelled", cancelled)
                        .set("status", reader.view(now).path("status")));
    }

    /**
     * The operations of a session of the caller's, {@code {items, nextCursor?}}, the newest first.
     */
    private HttpResponse list(SessionId session, HttpRequest request) {
        String after = null;
        if (request.queryParameter("cursor").isPresent()) {
            after =
                    Cursors.read(request.queryParameter("cursor").get(), PLACE)
                            .map(MatchResult::group)
                            .orElse(null);
            if (after == null) {
                return HttpResponse.invalid(Cursors.RULE);
            }
        }
        OperationReader.Page page = reader.list(session, PAGE, after);
        ObjectNode answer = Json.object();
        answer.putArray("items").addAll(page.items());
        if (page.next() != null) {
            answer.put("nextCursor", Cursors.write(page.next()));
        }
        return HttpResponse.ok(answer);
    }

    private Optional<Operation> find(Caller caller, HttpRequest request) {
        return id(request).flatMap(id -> reader.find(id, caller.user()));
    }

    private HttpResponse post(HttpRequest request, Post post) {
        String body = request.body();
        return switch (webhooks.verify(request.headers(), body)) {
            case WebhookVerifier.Verdict.NotConfigured() ->
                    HttpResponse.problem(
                            Problem.NOT_CONFIGURED,
                            "No webhook secret and no API key is configured here.");
            case WebhookVerifier.Verdict.Rejected(String reason) ->
                    HttpResponse.problem(Problem.UNAUTHORIZED, "Not accepted: " + reason + ".");
            case WebhookVerifier.Verdict.Accepted(String deliveryId) ->
                    accepted(request, body, deliveryId, post);
        };
    }

    private HttpResponse accepted(HttpRequest request, String body, String deliveryId, Post post) {
        Optional<ObjectNode> json = request.jsonBody();
        if (json.isEmpty()) {
            return HttpResponse.invalid("The body must be a JSON object.");
        }
        ObjectNode message = json.get().retain(post.fields());
        switch (post) {
            case COMPLETION -> {
                if (!message.path("success").isBoolean()) {
                    return HttpResponse.invalid("success must be true or false.");
                }
            }
            case PROGRESS -> {
                if (!Operation.isProgress(message)) {
                    return HttpResponse.invalid(
                            "percent must be a number from 0 to 100, message a text.");
                }
            }
        }
        Optional<Operation> found = id(request).flatMap(operations::find);
        if (found.isEmpty()) {
            return unknown();
        }
        Operation operation = found.get();
        String hash = Hashes.sha256(request.route() + "\n" + body);
        OperationStore.Noted noted =
                operations.note(operation.id(), deliveryId, hash, clock.instant());
        if (noted == OperationStore.Noted.OTHER) {
            return HttpResponse.problem(
                    Problem.CONFLICT, "Something else was delivered under this id before.");
        }
        if (deliveryId.equals(operation.endedBy())) {
            return taken(operation);
        }
        if (!reader.isAwaited(operation)) {
            operations.late(
                    operation.id(), deliveryId, new Late(post.what(message), clock.instant()));
            return HttpResponse.problem(
                    Problem.GONE, "The operation has ended: nobody waits for this any more.");
        }
        // Also what has come before: whoever noted it may have died before the queue.
        queue.put(
                message.put("operationId", operation.id().value())
                        .put("deliveryId", deliveryId)
                        .put(CompletionQueue.TAKEN_AT, clock.instant().toEpochMilli()));
        return taken(operation);
    }

    private static HttpResponse taken(Operation operation) {
        return new HttpResponse(
                202,
                HttpResponse.JSON,
                Json.object().put("operationId", operation.id().value()).put("accepted", true));
    }

    private static Optional<OperationId> id(HttpRequest request) {
        return Optional.of(request.pathParameter("operationId"))
                .filter(OperationId::isValid)
                .map(OperationId::new);
    }

    private static HttpResponse unknown() {
        return HttpResponse.problem(Problem.NOT_FOUND, "There is no such operation.");
    }
}
