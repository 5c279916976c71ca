package io.holdfast.api;

import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.session.Session;
import io.holdfast.stream.StreamSettings;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream.Entry;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnStore;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongFunction;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns' streams as server-sent events (HTML, "Server-sent events"), in windows that an {@code
 * EventSource} joins by itself: {@code infra/adr/0011}.
 */
final class StreamRoutes implements Route.Group {
    /**
     * How long an EventSource stays away between two windows, in milliseconds. Firefox makes half a
     * second of it.
     */
    private static final int RETRY = 100;

    /**
     * The same while a turn waits for a human, perhaps for days: a function that waited with it
     * would cost dozens of times as much as one that answers at once.
     */
    private static final int RETRY_WAITING = 3_000;

    /** As long as a stream is kept after its end; who comes later finds the answer stored. */
    private static final Duration REPLAYED_AFTER_END = StreamSettings.DEFAULT.endedLife();

    private static final String SEQUENCE = "(?<sequence>-1|0|[1-9]\\d{0,14})";
    private static final Pattern IN_TURN = Pattern.compile(SEQUENCE);
    private static final Pattern IN_SESSION =
            Pattern.compile("(?<turn>[A-Za-z0-9_-]{8,64}):" + SEQUENCE);

    /** Those of the AI SDK (npm {@code ai} 7, {@code ui-message-stream-headers.ts}). */
    private static final Map<String, String> EVENT_STREAM =
            Map.of(
                    "content-type",
                    "text/event-stream",
                    "cache-control",
                    "no-cache",
                    "x-vercel-ai-ui-message-stream",
                    "v1",
                    "x-accel-buffering",
                    "no");

    private final TurnStore turns;
    private final Windows windows;
    private final InstantSource clock;

    StreamRoutes(TurnStore turns, Windows windows, InstantSource clock) {
        this.turns = turns;
        this.windows = windows;
        this.clock = clock;
    }

    @Override
    public Map<String, Route> routes(Guard guard) {
        return Map.of(
                "GET /turns/{turnId}/stream",
                byQueryToo(guard.turn((caller, turn, request) -> ofTurn(turn, request))),
                "GET /sessions/{sessionId}/stream",
                byQueryToo(
                        guard.session((caller, session, request) -> ofSession(session, request))));
    }

    /** An EventSource of a browser sends no headers of ours, so its token is in the query. */
    private static Route byQueryToo(Route route) {
        return request -> route.answer(request.withTokenOfQuery());
    }

    /** The turn's stream; an event's id is its sequence. */
    private HttpResponse ofTurn(Turn turn, HttpRequest request) {
        return switch (cursor(request, IN_TURN)) {
            case Cursor.Nonsense() ->
                    HttpResponse.invalid(
                            "Last-Event-ID and after must be sequences, or -1 for all of it.");
            case Cursor.None() -> window(turn, -1, Long::toString);
            case Cursor.At(MatchResult at) -> window(turn, sequence(at), Long::toString);
        };
    }

    /**
     * The stream of the session's latest turn, or of the one that the cursor names: sequences are
     * of one turn, so an event's id names it.
     */
    private HttpResponse ofSession(Session session, HttpRequest request) {
        return switch (cursor(request, IN_SESSION)) {
            case Cursor.Nonsense() ->
                    HttpResponse.invalid(
                            "Last-Event-ID and after must be ids of this stream's events,"
                                    + " TURN:SEQUENCE.");
            case Cursor.None() ->
                    Optional.ofNullable(session.latestTurn())
                            .flatMap(turns::find)
                            .filter(turn -> !isLongOver(turn))
                            .map(turn -> windowOfSession(turn, -1))
                            .orElseGet(HttpResponse::noContent);
            case Cursor.At(MatchResult at) ->
                    turn(session.id(), at.group("turn"))
                            .map(turn -> windowOfSession(turn, sequence(at)))
                            .orElseGet(
                                    () ->
                                            HttpResponse.problem(
                                                    Problem.STREAM_GONE,
                                                    "This session has no such turn."));
        };
    }

    private Optional<Turn> turn(SessionId session, String id) {
        return turns.find(new TurnId(id)).filter(turn -> turn.session().equals(session));
    }

    private boolean isLongOver(Turn turn) {
        return turn.endedAt() != null
                && turn.endedAt().plus(REPLAYED_AFTER_END).isBefore(clock.instant());
    }

    private HttpResponse windowOfSession(Turn turn, long after) {
        return window(turn, after, sequence -> turn.id() + ":" + sequence);
    }

    private HttpResponse window(Turn turn, long after, LongFunction<String> id) {
        boolean waits = turn.status() == TurnStatus.WAITING;
        StringBuilder events = new StringBuilder();
        events.append("retry: ").append(waits ? RETRY_WAITING : RETRY).append("\n\n");
        return switch (windows.next(turn.id(), after, !waits)) {
            case Windows.Window.Over() -> HttpResponse.noContent();
            case Windows.Window.Silence() ->
                    stream(events.append(waits ? ": waits for a human\n\n" : ": nothing new\n\n"));
            case Windows.Window.Chunks chunks -> {
                for (Entry entry : chunks.entries()) {
                    // JSON has no line breaks outside of its escapes.
                    events.append("id: ").append(id.apply(entry.sequence()));
                    events.append("\ndata: ").append(entry.chunk()).append("\n\n");
                }
                yield stream(chunks.ends() ? events.append("data: [DONE]\n\n") : events);
            }
        };
    }

    private static HttpResponse stream(CharSequence events) {
        return new HttpResponse(200, EVENT_STREAM, events.toString());
    }

    /** How far a reader is. */
    private sealed interface Cursor {
        record None() implements Cursor {}

        record At(MatchResult place) implements Cursor {}

        record Nonsense() implements Cursor {}
    }

    /** The header counts, if there is one: it is of the window before, the query of the first. */
    private static Cursor cursor(HttpRequest request, Pattern form) {
        Optional<String> after = request.queryParameter("after");
        Optional<String> last = Optional.ofNullable(request.headers().get("last-event-id"));
        Cursor cursor = new Cursor.None();
        for (Optional<String> given : List.of(after, last)) {
            if (given.isPresent()) {
                Matcher place = form.matcher(given.get());
                if (!place.matches()) {
                    return new Cursor.Nonsense();
                }
                cursor = new Cursor.At(place.toMatchResult());
            }
        }
        return cursor;
    }

    private static long sequence(MatchResult at) {
        return Long.parseLong(at.group("sequence"));
    }
}
