package io.holdfast.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TokenVerifier;
import io.holdfast.platform.TokenVerifier.Verified;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.stream.TurnStatus;
import io.holdfast.turn.Approvals;
import io.holdfast.turn.CallReceipt;
import io.holdfast.turn.Caller;
import io.holdfast.turn.CancelReceipt;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnCanceller;
import io.holdfast.turn.TurnStore;
import io.holdfast.turn.TurnViews;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The routes of the HTTP API. */
final class HttpRoutes {
    private static final int MAX_REASON = 1_000;

    /**
     * SQS takes 256 KB ("Amazon SQS message quotas"), and DynamoDB items of 400 KB, which other
     * characters may grow into.
     */
    private static final int MAX_BODY_BYTES = 200_000;

    /** The gateway waits 30 s (API Gateway, "HTTP API quotas"); the rest is reserve. */
    private static final Duration DELIVERY = Duration.ofSeconds(18);

    private final TokenVerifier tokens;
    private final SessionStore sessions;
    private final TurnStore turns;
    private final TurnCanceller canceller;
    private final Approvals approvals;
    private final TurnViews views;
    private final SessionRoutes conversations;
    private final MessageRoute messages;
    private final OperationRoutes operations;
    private final InstantSource clock;

    HttpRoutes(
            TokenVerifier tokens,
            SessionStore sessions,
            TurnStore turns,
            TurnCanceller canceller,
            Approvals approvals,
            TurnViews views,
            SessionRoutes conversations,
            MessageRoute messages,
            OperationRoutes operations,
            InstantSource clock) {
        this.tokens = tokens;
        this.sessions = sessions;
        this.turns = turns;
        this.canceller = canceller;
        this.approvals = approvals;
        this.views = views;
        this.conversations = conversations;
        this.messages = messages;
        this.operations = operations;
        this.clock = clock;
    }

    HttpResponse answer(HttpRequest request) {
        if (request.bodyBytes() > MAX_BODY_BYTES) {
            return HttpResponse.problem(
                    Problem.TOO_LARGE,
                    "At most %,d bytes are taken. Store more elsewhere, and send where it is."
                            .formatted(MAX_BODY_BYTES));
        }
        return switch (request.route()) {
            case "GET /health" -> HttpResponse.ok(Json.object().put("status", "ok"));
            case "GET /openapi.json" -> Description.answer();
            case "GET /sessions/{sessionId}" ->
                    authenticated(
                            request,
                            caller -> ofSession(caller.user(), request, conversations::show));
            case "POST /sessions" ->
                    authenticated(request, caller -> conversations.create(caller.user(), request));
            case "GET /sessions" ->
                    authenticated(request, caller -> conversations.list(caller.user(), request));
            case "PATCH /sessions/{sessionId}" ->
                    authenticated(
                            request,
                            caller ->
                                    ofSession(
                                            caller.user(),
                                            request,
                                            session -> conversations.rename(session, request)));
            case "POST /sessions/{sessionId}/messages" ->
                    authenticated(request, caller -> messages.answer(caller, request));
            case "GET /operations/{operationId}" ->
                    authenticated(request, caller -> operations.show(caller, request));
            case "POST /operations/{operationId}/cancel" ->
                    authenticated(request, caller -> operations.cancel(caller, request));
            case "GET /sessions/{sessionId}/operations" ->
                    authenticated(
                            request,
                            caller ->
                                    ofSession(
                                            caller.user(),
                                            request,
                                            session -> operations.list(session.id(), request)));
            case "POST /operations/{operationId}/complete" -> operations.complete(request);
            case "POST /operations/{operationId}/progress" -> operations.progress(request);
            case "GET /turns/{turnId}" ->
                    ofTurn(request, (caller, turn) -> HttpResponse.ok(views.turn(turn)));
            case "POST /turns/{turnId}/cancel" ->
                    ofTurn(
                            request,
                            (caller, turn) ->
                                    HttpResponse.ok(
                                            encode(turn, canceller.cancel(turn, DELIVERY))));
            case "POST /turns/{turnId}/approvals/{approvalId}" ->
                    ofTurn(request, (caller, turn) -> approval(caller.user(), turn, request));
            case "GET /turns/{turnId}/calls/{toolCallId}" ->
                    ofTurn(request, (caller, turn) -> call(turn, request));
            default ->
                    HttpResponse.problem(
                            Problem.NOT_FOUND, "There is nothing at " + request.path() + ".");
        };
    }

    private HttpResponse authenticated(HttpRequest request, Function<Caller, HttpResponse> answer) {
        Optional<String> token = request.bearerToken();
        if (token.isEmpty()) {
            return HttpResponse.problem(
                    Problem.UNAUTHORIZED, "No token: send Authorization: Bearer <JWT>.");
        }
        return switch (tokens.verify(token.get())) {
            case Verified.Unauthenticated(String reason) ->
                    HttpResponse.problem(Problem.UNAUTHORIZED, "Not accepted: " + reason + ".");
            case Verified.Authenticated(UserId user, var roles) ->
                    answer.apply(new Caller(user, roles));
        };
    }

    /** Answers for the session that a path names; somebody else's is as if it were not. */
    private HttpResponse ofSession(
            UserId user, HttpRequest request, Function<Session, HttpResponse> answer) {
        String id = request.pathParameter("sessionId");
        if (!SessionId.isValid(id)) {
            return HttpResponse.problem(
                    Problem.INVALID_REQUEST,
                    "A session id has 8 to 64 letters, digits, underscores or hyphens.");
        }
        return switch (sessions.find(new SessionId(id), user, clock.instant())) {
            case SessionStore.Access.Granted(Session session) -> answer.apply(session);
            // Somebody else's is a 404 too: that it exists is nobody's business.
            case SessionStore.Access.Absent(Session fresh) -> noSuchSession();
            case SessionStore.Access.Foreign() -> noSuchSession();
        };
    }

    private static HttpResponse noSuchSession() {
        return HttpResponse.problem(Problem.NOT_FOUND, "There is no such session.");
    }

    /** Answers for the turn that a path names; somebody else's is as if it were not. */
    private HttpResponse ofTurn(
            HttpRequest request, BiFunction<Caller, Turn, HttpResponse> answer) {
        return authenticated(
                request,
                caller -> {
                    String id = request.pathParameter("turnId");
                    if (!TurnId.isValid(id)) {
                        return HttpResponse.problem(
                                Problem.INVALID_REQUEST,
                                "A turn id has 8 to 64 letters, digits, underscores or hyphens.");
                    }
                    return turns.find(new TurnId(id))
                            .filter(turn -> isOf(caller, turn))
                            .map(turn -> answer.apply(caller, turn))
                            .orElseGet(
                                    () ->
                                            HttpResponse.problem(
                                                    Problem.NOT_FOUND, "There is no such turn."));
                });
    }

    private boolean isOf(Caller caller, Turn turn) {
        return sessions.find(turn.session(), caller.user(), clock.instant())
                instanceof SessionStore.Access.Granted;
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
