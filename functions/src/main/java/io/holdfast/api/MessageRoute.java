package io.holdfast.api;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Wish;
import io.holdfast.chunk.UiMessage;
import io.holdfast.chunk.UiMessageJson;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.turn.Begun;
import io.holdfast.turn.Caller;
import io.holdfast.turn.MessageRules;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnInput;
import io.holdfast.turn.TurnStarter;
import io.holdfast.turn.TurnStore;
import io.holdfast.turn.TurnViews;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Takes a message over HTTP: {@code {message, assistant?, model?, reasoningEffort?}}; the same
 * message again is the same turn.
 *
 * <p>With {@code ?wait=SECONDS} it answers when the turn has ended or waits for a human: the whole
 * answer at once, for those who do not stream.
 */
final class MessageRoute implements Route.Group {
    /** The gateway waits 30 s (API Gateway, "HTTP API quotas"); the rest is reserve. */
    private static final int LONGEST_WAIT = 25;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    private final TurnStarter starter;
    private final TurnStore turns;
    private final TurnViews views;
    private final MessageRules rules;
    private final InstantSource clock;
    private final Pause pause;
    private final RandomGenerator random;

    MessageRoute(
            TurnStarter starter,
            TurnStore turns,
            TurnViews views,
            MessageRules rules,
            InstantSource clock,
            Pause pause,
            RandomGenerator random) {
        this.starter = starter;
        this.turns = turns;
        this.views = views;
        this.rules = rules;
        this.clock = clock;
        this.pause = pause;
        this.random = random;
    }

    @Override
    public Map<String, Route> routes(Guard guard) {
        return Map.of("POST /sessions/{sessionId}/messages", guard.caller(this::answer));
    }

    private HttpResponse answer(Caller caller, HttpRequest request) {
        String id = request.pathParameter("sessionId");
        if (!SessionId.isValid(id)) {
            return invalid(Guard.SESSION_RULE);
        }
        Optional<Integer> wait = wait(request);
        if (wait.isEmpty()) {
            return invalid("wait must be a whole number of seconds, from 0 to " + LONGEST_WAIT);
        }
        Optional<ObjectNode> body = request.jsonBody();
        if (body.isEmpty()) {
            return invalid("The body must be a JSON object with a message.");
        }
        Wish wish;
        switch (Wish.ofBody(body.get())) {
            case Wish.Read.Invalid(String reason) -> {
                return invalid(reason + ".");
            }
            case Wish.Read.Valid(Wish read) -> wish = read;
        }
        return switch (UiMessageJson.decode(body.get().path("message"))) {
            case UiMessageJson.Decoded.Invalid(String reason) ->
                    invalid("message: " + reason + ".");
            case UiMessageJson.Decoded.Valid(UiMessage message) -> {
                if (message.role() != UiMessage.Role.USER) {
                    yield invalid("message.role must be user.");
                }
                Optional<String> refusal = rules.refusal(message);
                yield refusal.isPresent()
                        ? invalid(refusal.get())
                        : take(caller, new SessionId(id), message, wish, wait.get());
            }
        };
    }

    private HttpResponse take(
            Caller caller, SessionId session, UiMessage message, Wish wish, int wait) {
        Begun begun =
                starter.begin(
                        caller,
                        session,
                        new TurnInput.Message(message),
                        wish,
                        // Only an edit or a regeneration is told apart by it.
                        new RequestId("http"));
        return switch (begun) {
            case Begun.Started(Turn turn) -> run(turn, wait);
            case Begun.Existing(Turn turn) -> run(turn, wait);
            case Begun.Busy() ->
                    HttpResponse.problem(
                            Problem.SESSION_BUSY,
                            "An answer is already on its way in this conversation.");
            case Begun.Conflict() ->
                    HttpResponse.problem(
                            Problem.CONFLICT,
                            "This message id was used for another message. Send a new id.");
            case Begun.Foreign() -> Guard.noSuchSession();
            case Begun.Refused(String reason) -> invalid(reason);
            case Begun.NothingToAnswer() -> invalid("There is no message to answer.");
        };
    }

    private HttpResponse run(Turn begun, int wait) {
        starter.start(begun);
        Instant deadline = clock.instant().plusSeconds(wait);
        Duration longest = FIRST_PAUSE;
        Turn turn = turns.find(begun.id()).orElseThrow();
        while (goesOn(turn) && clock.instant().isBefore(deadline)) {
            pause.pause(longest.multipliedBy(random.nextLong(50, 100)).dividedBy(100));
            longest =
                    longest.compareTo(LONGEST_PAUSE) < 0 ? longest.multipliedBy(2) : LONGEST_PAUSE;
            turn = turns.find(begun.id()).orElseThrow();
        }
        return new HttpResponse(
                turn.status().isFinal() ? 200 : 202, HttpResponse.JSON, views.turn(turn));
    }

    private static boolean goesOn(Turn turn) {
        return switch (turn.status()) {
            case RUNNING -> true;
            case WAITING, COMPLETED, FAILED, CANCELLED -> false;
        };
    }

    private static Optional<Integer> wait(HttpRequest request) {
        try {
            return request.queryParameter("wait")
                    .map(Integer::parseInt)
                    .or(() -> Optional.of(0))
                    .filter(seconds -> seconds >= 0 && seconds <= LONGEST_WAIT);
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static HttpResponse invalid(String detail) {
        return HttpResponse.problem(Problem.INVALID_REQUEST, detail);
    }
}
