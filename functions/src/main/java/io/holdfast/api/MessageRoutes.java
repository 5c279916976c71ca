package io.holdfast.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.OnBusy;
import io.holdfast.assistant.Wish;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.chunk.UiMessageJson;
import io.holdfast.platform.Hashes;
import io.holdfast.platform.Ids;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.turn.Begun;
import io.holdfast.turn.Caller;
import io.holdfast.turn.MessageRules;
import io.holdfast.turn.PageContext;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnInput;
import io.holdfast.turn.TurnOptions;
import io.holdfast.turn.TurnParts;
import io.holdfast.turn.TurnStarter;
import io.holdfast.turn.TurnStore;
import io.holdfast.turn.TurnViews;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.random.RandomGenerator;

/**
 * Takes messages and jobs over HTTP; the same again is the same turn.
 *
 * <p>With {@code ?wait=SECONDS} it answers when the turn has ended or waits for a human: the whole
 * answer at once, for those who do not stream.
 */
final class MessageRoutes implements Route.Group {
    /** The gateway waits 30 s (API Gateway, "HTTP API quotas"); the rest is reserve. */
    private static final int LONGEST_WAIT = 25;

    private static final Duration FIRST_PAUSE = Duration.ofMillis(50);
    private static final Duration LONGEST_PAUSE = Duration.ofMillis(500);

    private final TurnStarter starter;
    private final TurnStore turns;
    private final TurnViews views;
    private final MessageRules rules;
    private final Idempotency keys;
    private final Ids ids;
    private final InstantSource clock;
    private final Pause pause;
    private final RandomGenerator random;

    MessageRoutes(TurnParts parts, TurnStarter starter, MessageRules rules) {
        this.starter = starter;
        this.turns = parts.turns();
        this.views = parts.views();
        this.rules = rules;
        this.keys = new Idempotency(parts.table(), parts.clock());
        this.ids = parts.ids();
        this.clock = parts.clock();
        this.pause = parts.pause();
        this.random = parts.random();
    }

    @Override
    public Map<String, Route> routes(Guard guard) {
        return Map.of(
                "POST /sessions/{sessionId}/messages",
                guard.caller(
                        (caller, request) ->
                                answer(caller, request, (body, key) -> message(request, body))),
                "POST /turns",
                guard.caller(
                        (caller, request) ->
                                answer(
                                        caller,
                                        request,
                                        (body, key) -> job(guard, caller, body, key))));
    }

    /** Where a message goes, and how. */
    private record Sending(SessionId session, UiMessage message, TurnOptions options) {
        Sending with(Optional<PageContext> page) {
            return new Sending(session, message, page.map(options::with).orElse(options));
        }
    }

    /** Reads where a message goes, and how. */
    private interface Reading {
        Sending of(ObjectNode body, Idempotency.Key key);
    }

    /** Leaves with what is wrong with a request; never seen outside. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient HttpResponse answer;

        Refused(HttpResponse answer) {
            super("refused", null, false, false);
            this.answer = answer;
        }

        static Refused invalid(String detail) {
            return new Refused(HttpResponse.invalid(detail));
        }
    }

    private HttpResponse answer(Caller caller, HttpRequest request, Reading reading) {
        try {
            int wait = wait(request);
            ObjectNode body =
                    request.jsonBody()
                            .orElseThrow(() -> Refused.invalid("The body must be a JSON object."));
            Idempotency.Key key = Idempotency.of(request);
            if (key instanceof Idempotency.Key.Invalid) {
                throw Refused.invalid(Idempotency.RULE);
            }
            Wish wish = wish(body);
            OnBusy onBusy = onBusy(body);
            Sending sending = reading.of(body, key).with(page(body));
            rules.refusal(sending.message())
                    .ifPresent(
                            refusal -> {
                                throw Refused.invalid(refusal);
                            });
            if (!keys.take(caller.user(), request.path(), key, body)) {
                throw new Refused(
                        HttpResponse.problem(
                                Problem.CONFLICT,
                                "Something else was sent under this Idempotency-Key. Send a new"
                                        + " one."));
            }
            return begin(caller, sending, wish, onBusy, wait);
        } catch (Refused refused) {
            return refused.answer;
        }
    }

    private static Wish wish(ObjectNode body) {
        return switch (Wish.ofBody(body)) {
            case Wish.Read.Valid(Wish wish) -> wish;
            case Wish.Read.Invalid(String reason) -> throw Refused.invalid(reason + ".");
        };
    }

    private static @Nullable OnBusy onBusy(ObjectNode body) {
        return switch (OnBusy.ofBody(body)) {
            case OnBusy.Read.Valid(OnBusy onBusy) -> onBusy;
            case OnBusy.Read.Invalid(String reason) -> throw Refused.invalid(reason + ".");
        };
    }

    private static Optional<PageContext> page(ObjectNode body) {
        return switch (PageContext.read(body.path("context"))) {
            case PageContext.Read.None() -> Optional.empty();
            case PageContext.Read.Valid(PageContext page) -> Optional.of(page);
            case PageContext.Read.Invalid(String reason) -> throw Refused.invalid(reason + ".");
        };
    }

    /** {@code {message, assistant?, model?, reasoningEffort?, onBusy?, context?}} for a session. */
    private static Sending message(HttpRequest request, ObjectNode body) {
        return new Sending(
                session(request.pathParameter("sessionId")),
                userMessage(body.path("message"), "message"),
                TurnOptions.DEFAULT);
    }

    private static SessionId session(String id) {
        if (!SessionId.isValid(id)) {
            throw Refused.invalid(Guard.SESSION_RULE);
        }
        return new SessionId(id);
    }

    private static UiMessage userMessage(JsonNode json, String name) {
        return switch (UiMessageJson.decode(json)) {
            case UiMessageJson.Decoded.Invalid(String reason) ->
                    throw Refused.invalid(name + ": " + reason + ".");
            case UiMessageJson.Decoded.Valid(UiMessage message) -> {
                if (message.role() != UiMessage.Role.USER) {
                    throw Refused.invalid(name + ".role must be user.");
                }
                yield message;
            }
        };
    }

    /**
     * {@code {input, assistant?, model?, reasoningEffort?, session?, offRecord?, onBusy?,
     * context?}}, work that nobody need look at: its input is a text or a user's message. Without a
     * session of the caller's it has one of its own, whose id follows from the message or the key,
     * so that the same again is the same turn.
     */
    private Sending job(Guard guard, Caller caller, ObjectNode body, Idempotency.Key key) {
        JsonNode input = body.path("input");
        JsonNode named = body.path("session");
        JsonNode offRecord = body.path("offRecord");
        if (!(named.isMissingNode() || named.isTextual())) {
            throw Refused.invalid("session must be the id of a session.");
        }
        if (!(offRecord.isMissingNode() || offRecord.isBoolean())) {
            throw Refused.invalid("offRecord must be true or false.");
        }
        String source =
                switch (key) {
                    case Idempotency.Key.Given(String value) -> "key\n" + value;
                    case Idempotency.Key.None() when input.isObject() ->
                            "message\n" + input.path("id").asText();
                    case Idempotency.Key.None() -> ids.next("job");
                    case Idempotency.Key.Invalid() ->
                            throw new IllegalStateException("refused before");
                };
        String hash = Hashes.sha256("%s\n%s".formatted(caller.user(), source)).substring(0, 32);
        UiMessage message =
                input.isTextual()
                        ? new UiMessage(
                                new MessageId("msg_" + hash),
                                UiMessage.Role.USER,
                                List.of(new MessagePart.Text(input.textValue())),
                                null)
                        : userMessage(input, "input");
        SessionId own = new SessionId("job_" + hash);
        if (!named.isTextual()) {
            return new Sending(
                    own,
                    message,
                    offRecord.asBoolean() ? TurnOptions.JOB.offRecord(null) : TurnOptions.JOB);
        }
        SessionId session = session(named.textValue());
        if (guard.session(caller, session).isEmpty()) {
            throw new Refused(Guard.noSuchSession());
        }
        return offRecord.asBoolean()
                ? new Sending(own, message, TurnOptions.JOB.offRecord(session))
                : new Sending(session, message, TurnOptions.DEFAULT);
    }

    private HttpResponse begin(
            Caller caller, Sending sending, Wish wish, @Nullable OnBusy onBusy, int wait) {
        Begun begun =
                starter.begin(
                        caller,
                        sending.session(),
                        new TurnInput.Message(sending.message()),
                        wish,
                        // Only an edit or a regeneration is told apart by it.
                        new RequestId("http"),
                        sending.options().with(onBusy));
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
            case Begun.Refused(String reason) -> HttpResponse.invalid(reason);
            case Begun.NothingToAnswer() -> HttpResponse.invalid("There is no message to answer.");
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
            case QUEUED, RUNNING -> true;
            case WAITING, COMPLETED, FAILED, CANCELLED -> false;
        };
    }

    private static int wait(HttpRequest request) {
        try {
            Optional<Integer> wait =
                    request.queryParameter("wait")
                            .map(Integer::parseInt)
                            .or(() -> Optional.of(0))
                            .filter(seconds -> seconds >= 0 && seconds <= LONGEST_WAIT);
            if (wait.isPresent()) {
                return wait.get();
            }
        } catch (NumberFormatException e) {
            // Said below.
        }
        throw Refused.invalid(
                "wait must be a whole number of seconds, from 0 to " + LONGEST_WAIT + ".");
    }
}
