package io.holdfast.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.chunk.UiMessageJson;
import io.holdfast.platform.Json;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TokenVerifier;
import io.holdfast.platform.TokenVerifier.Verified;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.stream.TurnStatus;
import io.holdfast.turn.CancelReceipt;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnCanceller;
import io.holdfast.turn.TurnStore;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Function;

/** The routes of the HTTP API. */
final class HttpRoutes {
    /**
     * The newest messages of a session that one answer holds; API Gateway takes 6 MB of a function.
     */
    private static final int MAX_MESSAGES = 1_000;

    private static final int MAX_CHARACTERS = 1_500_000;

    /** The gateway waits 30 s (API Gateway, "HTTP API quotas"); the rest is reserve. */
    private static final Duration DELIVERY = Duration.ofSeconds(18);

    private final TokenVerifier tokens;
    private final SessionStore sessions;
    private final TurnStore turns;
    private final TurnCanceller canceller;
    private final InstantSource clock;

    HttpRoutes(
            TokenVerifier tokens,
            SessionStore sessions,
            TurnStore turns,
            TurnCanceller canceller,
            InstantSource clock) {
        this.tokens = tokens;
        this.sessions = sessions;
        this.turns = turns;
        this.canceller = canceller;
        this.clock = clock;
    }

    HttpResponse answer(HttpRequest request) {
        return switch (request.route()) {
            case "GET /health" -> HttpResponse.ok(Json.object().put("status", "ok"));
            case "GET /sessions/{sessionId}" ->
                    authenticated(
                            request, user -> session(user, request.pathParameter("sessionId")));
            case "POST /turns/{turnId}/cancel" ->
                    authenticated(request, user -> cancel(user, request.pathParameter("turnId")));
            default ->
                    HttpResponse.problem(
                            404, "Not Found", "There is nothing at " + request.path() + ".");
        };
    }

    private HttpResponse authenticated(HttpRequest request, Function<UserId, HttpResponse> answer) {
        Optional<String> token = request.bearerToken();
        if (token.isEmpty()) {
            return HttpResponse.problem(
                    401, "Unauthorized", "No token: send Authorization: Bearer <JWT>.");
        }
        return switch (tokens.verify(token.get())) {
            case Verified.Unauthenticated(String reason) ->
                    HttpResponse.problem(401, "Unauthorized", "Not accepted: " + reason + ".");
            case Verified.Authenticated(UserId user, var roles) -> answer.apply(user);
        };
    }

    private HttpResponse session(UserId user, String id) {
        if (!SessionId.isValid(id)) {
            return HttpResponse.problem(
                    400,
                    "Bad Request",
                    "A session id has 8 to 64 letters, digits, underscores or hyphens.");
        }
        return switch (sessions.find(new SessionId(id), user, clock.instant())) {
            case SessionStore.Access.Granted(Session session) -> HttpResponse.ok(encode(session));
            // Somebody else's is a 404 too: that it exists is nobody's business.
            case SessionStore.Access.Absent(Session fresh) -> noSuchSession();
            case SessionStore.Access.Foreign() -> noSuchSession();
        };
    }

    private static HttpResponse noSuchSession() {
        return HttpResponse.problem(404, "Not Found", "There is no such session.");
    }

    private HttpResponse cancel(UserId user, String id) {
        if (!TurnId.isValid(id)) {
            return HttpResponse.problem(
                    400,
                    "Bad Request",
                    "A turn id has 8 to 64 letters, digits, underscores or hyphens.");
        }
        return turns.find(new TurnId(id))
                .filter(
                        turn ->
                                sessions.find(turn.session(), user, clock.instant())
                                        instanceof SessionStore.Access.Granted)
                .map(turn -> HttpResponse.ok(encode(turn, canceller.cancel(turn, DELIVERY))))
                .orElseGet(() -> HttpResponse.problem(404, "Not Found", "There is no such turn."));
    }

    /** {@code {turnId, cancelled, status}}: whether this call did it, and how the turn ended. */
    private static ObjectNode encode(Turn turn, CancelReceipt receipt) {
        ObjectNode json = Json.object().put("turnId", turn.id().value());
        return switch (receipt) {
            case CancelReceipt.Cancelled() ->
                    json.put("cancelled", true).put("status", TurnStatus.CANCELLED.wireName());
            case CancelReceipt.AlreadyEnded(TurnStatus status) ->
                    json.put("cancelled", false).put("status", status.wireName());
        };
    }

    private ObjectNode encode(Session session) {
        ObjectNode json = Json.object().put("id", session.id().value());
        ArrayNode messages = json.putArray("messages");
        sessions.messages(session, session.next(), MAX_MESSAGES, MAX_CHARACTERS)
                .forEach(stored -> messages.add(UiMessageJson.write(stored.message())));
        if (session.activeTurn() != null) {
            json.putObject("activeTurn").put("turnId", session.activeTurn().value());
        }
        return json;
    }
}
