package io.holdfast.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.stream.TurnStatus;
import io.holdfast.turn.Approvals;
import io.holdfast.turn.CallReceipt;
import io.holdfast.turn.Caller;
import io.holdfast.turn.CancelReceipt;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnCanceller;
import io.holdfast.turn.TurnLists;
import io.holdfast.turn.TurnParts;
import io.holdfast.turn.TurnViews;

import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Turns for those who follow them: to look at, cancel, and answer. */
final class TurnRoutes implements Route.Group {
    private static final int MAX_REASON = 1_000;

    /** The gateway waits 30 s (API Gateway, "HTTP API quotas"); the rest is reserve. */
    private static final Duration DELIVERY = Duration.ofSeconds(18);

    private static final int PAGE = 20;
    private static final int MAX_PAGE = 100;

    /** So many pages of the record one page of a list is picked from. */
    private static final int SEARCHED = 10;

    private static final Pattern PLACE =
            Pattern.compile("(?<at>[1-9]\\d{0,14})#(?<turn>[A-Za-z0-9_-]{8,64})");

    private final TurnLists lists;
    private final TurnCanceller canceller;
    private final Approvals approvals;
    private final TurnViews views;

    TurnRoutes(TurnParts parts, TurnCanceller canceller, Approvals approvals) {
        this.lists = parts.lists();
        this.canceller = canceller;
        this.approvals = approvals;
        this.views = parts.views();
    }

    @Override
    public Map<String, Route> routes(Guard guard) {
        return Map.of(
                "GET /turns",
                guard.caller((caller, request) -> list(guard, caller, request)),
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

    /**
     * {@code GET /turns?session=&status=&limit=&cursor=}: {@code {items, nextCursor?}}, the newest
     * first. A page may hold fewer than there are, as long as it has a cursor.
     */
    private HttpResponse list(Guard guard, Caller caller, HttpRequest request) {
        Optional<Integer> limit = request.limit(PAGE, MAX_PAGE);
        if (limit.isEmpty()) {
            return HttpResponse.invalid(
                    "limit must be a whole number from 1 to %d.".formatted(MAX_PAGE));
        }
        Optional<String> status = request.queryParameter("status");
        if (status.isPresent() && !STATUSES.contains(status.get())) {
            return HttpResponse.invalid(
                    "status must be one of " + String.join(", ", STATUSES) + ".");
        }
        Optional<String> named = request.queryParameter("session");
        if (named.isPresent() && !SessionId.isValid(named.get())) {
            return HttpResponse.invalid(Guard.SESSION_RULE);
        }
        Optional<SessionId> session = named.map(SessionId::new);
        if (session.isPresent() && guard.session(caller, session.get()).isEmpty()) {
            return Guard.noSuchSession();
        }
        TurnLists.Place place = null;
        Optional<String> cursor = request.queryParameter("cursor");
        if (cursor.isPresent()) {
            place = Cursors.read(cursor.get(), PLACE).map(TurnRoutes::place).orElse(null);
            if (place == null) {
                return HttpResponse.invalid(Cursors.RULE);
            }
        }
        ArrayNode items = Json.MAPPER.createArrayNode();
        Map<SessionId, Boolean> own = new HashMap<>();
        int searched = 0;
        do {
            int more = limit.get() - items.size();
            TurnLists.Place from = place;
            TurnLists.Listed listed =
                    session.map(id -> lists.list(id, more, from))
                            .orElseGet(() -> lists.list(caller.user(), more, from));
            listed.turns().stream()
                    .filter(turn -> status.isEmpty() || status.get().equals(name(turn)))
                    // Whose the session is now counts, not who began the turn.
                    .filter(
                            turn ->
                                    own.computeIfAbsent(
                                            turn.session(),
                                            id -> guard.session(caller, id).isPresent()))
                    .forEach(turn -> items.add(views.head(turn)));
            place = listed.next();
        } while (place != null && items.size() < limit.get() && ++searched < SEARCHED);
        ObjectNode answer = Json.object();
        answer.set("items", items);
        if (place != null) {
            answer.put("nextCursor", Cursors.write(place.at().toEpochMilli() + "#" + place.turn()));
        }
        return HttpResponse.ok(answer);
    }

    private static final List<String> STATUSES =
            Arrays.stream(TurnStatus.values()).map(TurnStatus::wireName).toList();

    private static String name(Turn turn) {
        return turn.status().wireName();
    }

    private static TurnLists.Place place(MatchResult place) {
        return new TurnLists.Place(
                Instant.ofEpochMilli(Long.parseLong(place.group("at"))),
                new TurnId(place.group("turn")));
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
            return HttpResponse.invalid(
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
