package io.holdfast.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.UserId;
import io.holdfast.stream.TurnStatus;
import io.holdfast.turn.Approvals;
import io.holdfast.turn.CallReceipt;
import io.holdfast.turn.CancelReceipt;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnCanceller;
import io.holdfast.turn.TurnViews;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns for those who follow them: to look at, cancel, and answer. */
final class TurnRoutes implements Route.Group {
    private static final int MAX_REASON = 1_000;

    /** The gateway waits 30 s (API Gateway, "HTTP API quotas"); the rest is reserve. */
    private static final Duration DELIVERY = Duration.ofSeconds(18);

    private final TurnCanceller canceller;
    private final Approvals approvals;
    private final TurnViews views;

    TurnRoutes(TurnCanceller canceller, Approvals approvals, TurnViews views) {
        this.canceller = canceller;
        this.approvals = approvals;
        this.views = views;
    }

    @Override
    public Map<String, Route> routes(Guard guard) {
        return Map.of(
                "GET /turns/{turnId}",
                guard.turn((caller, turn, request) -> HttpResponse.ok(views.turn(turn))),
                "POST /turns/{turnId}/cancel",
                guard.turn(
                        (caller, turn, request) ->
                                HttpResponse.ok(encode(turn, canceller.cancel(turn, DELIVERY)))),
                "POST /turns/{turnId}/approvals/{approvalId}",
                guard.turn((caller, turn, request) -> approval(caller.user(), turn, request)),
                "GET /turns/{turnId}/calls/{toolCallId}",
                guard.turn((caller, turn, request) -> call(turn, request)));
    }

    private HttpResponse call(Turn turn, HttpRequest request) {
        return views.call(turn.id(), request.pathParameter("toolCallId"))
                .map(HttpResponse::ok)
                .orElseGet(() -> HttpResponse.problem(Problem.NOT_FOUND, "There is no such call."));
    }

    /** Takes {@code {approved, reason?}} and answers {@code {turnId, status}}. */
    private HttpResponse approval(UserId user, Turn turn, HttpRequest request) {
        Optional<ObjectNode> body = request.jsonBody();
        JsonNode reason = body.map(json -> json.path("reason")).orElse(MissingNode.getInstance());
        boolean fits =
                body.isPresent()
                        && body.get().path("approved").isBoolean()
                        && (reason.isMissingNode()
                                || (reason.isTextual()
                                        && reason.textValue().length() <= MAX_REASON));
        if (!fits) {
            return HttpResponse.problem(
                    Problem.INVALID_REQUEST,
                    "Send {\"approved\": true or false, \"reason\": \"at most %,d characters\"}."
                            .formatted(MAX_REASON));
        }
        Approvals.Answer answer =
                new Approvals.Answer(
                        request.pathParameter("approvalId"),
                        null,
                        body.get().path("approved").booleanValue(),
                        reason.textValue());
        return switch (approvals.answer(turn, user, List.of(answer))) {
            case Approvals.Outcome.Unknown() ->
                    HttpResponse.problem(Problem.NOT_FOUND, "There is no such approval.");
            case Approvals.Outcome.Refused(String why) ->
                    HttpResponse.problem(Problem.APPROVAL_CLOSED, why);
            case Approvals.Outcome.Continued(Turn going, long base) -> {
                approvals.wake(going.id());
                yield HttpResponse.ok(
                        Json.object()
                                .put("turnId", going.id().value())
                                .put("status", going.status().wireName()));
            }
        };
    }

    /**
     * {@code {turnId, cancelled, status, calls?: [{toolCallId, toolName, state}]}}: whether this
     * call did it, how the turn ended, and how far its calls of tools were.
     */
    private static ObjectNode encode(Turn turn, CancelReceipt receipt) {
        ObjectNode json = Json.object().put("turnId", turn.id().value());
        return switch (receipt) {
            case CancelReceipt.Cancelled(List<CallReceipt> receipts) -> {
                json.put("cancelled", true).put("status", TurnStatus.CANCELLED.wireName());
                if (!receipts.isEmpty()) {
                    ArrayNode array = json.putArray("calls");
                    receipts.forEach(
                            call ->
                                    array.addObject()
                                            .put("toolCallId", call.toolCallId())
                                            .put("toolName", call.toolName())
                                            .put("state", call.state().wireName()));
                }
                yield json;
            }
            case CancelReceipt.AlreadyEnded(TurnStatus status) ->
                    json.put("cancelled", false).put("status", status.wireName());
        };
    }
}
