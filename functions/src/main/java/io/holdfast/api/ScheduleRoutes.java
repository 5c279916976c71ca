package io.holdfast.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Catalog;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.Hashes;
import io.holdfast.platform.Ids;
import io.holdfast.platform.Json;
import io.holdfast.platform.ScheduleId;
import io.holdfast.platform.SessionId;
import io.holdfast.timetable.Schedule;
import io.holdfast.timetable.Schedule.Definition;
import io.holdfast.timetable.Schedule.State;
import io.holdfast.timetable.Schedules;
import io.holdfast.timetable.Timing;
import io.holdfast.turn.Caller;
import io.holdfast.turn.MessageRules;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Messages that are sent by the clock: to make, list, change, pause and delete. */
final class ScheduleRoutes implements Route.Group {
    private static final int PAGE = 20;
    private static final int MAX_PAGE = 100;
    private static final int MAX_NAME = 100;
    private static final String NAME_RULE = "name must be 1 to %d characters.".formatted(MAX_NAME);
    private static final Pattern PLACE = Pattern.compile("\\d{15}#[A-Za-z0-9_-]{8,64}");

    private final Schedules schedules;
    private final Catalog catalog;
    private final MessageRules rules;
    private final Ids ids;

    ScheduleRoutes(Schedules schedules, Catalog catalog, MessageRules rules, Ids ids) {
        this.schedules = schedules;
        this.catalog = catalog;
        this.rules = rules;
        this.ids = ids;
    }

    @Override
    public Map<String, Route> routes(Guard guard) {
        return Map.of(
                "POST /schedules",
                guard.user((caller, request) -> create(guard, caller, request)),
                "GET /schedules",
                guard.caller(this::list),
                "GET /schedules/{scheduleId}",
                guard.caller(this::show),
                "PATCH /schedules/{scheduleId}",
                guard.caller(this::change),
                "DELETE /schedules/{scheduleId}",
                guard.caller(this::delete));
    }

    /**
     * {@code POST /schedules {name, schedule, timezone?, input, assistant?, session?}}: the
     * schedule, new, or found by its {@code Idempotency-Key}.
     *
     * @return 201 if it is new, 200 if the same was asked for under the same key before
     */
    private HttpResponse create(Guard guard, Caller caller, HttpRequest request) {
        Optional<ObjectNode> found = request.jsonBody();
        if (found.isEmpty()) {
            return HttpResponse.invalid("The body must be a JSON object.");
        }
        ObjectNode body = found.get();
        String name = HttpRequest.text(body, "name", null);
        String expression = HttpRequest.text(body, "schedule", null);
        String timezone = HttpRequest.text(body, "timezone", "UTC");
        String input = HttpRequest.text(body, "input", null);
        String assistant = HttpRequest.text(body, "assistant", null);
        String session = HttpRequest.text(body, "session", null);
        if (name == null || !isName(name)) {
            return HttpResponse.invalid(NAME_RULE);
        }
        if (expression == null) {
            return HttpResponse.invalid("schedule must be a text: when it fires.");
        }
        if (timezone == null) {
            return HttpResponse.invalid("timezone must be a text, or be left out for UTC.");
        }
        Optional<String> refusal = refusal(input);
        if (input == null || refusal.isPresent()) {
            return HttpResponse.invalid(refusal.orElseThrow());
        }
        if (body.has("assistant")
                && (assistant == null || catalog.assistant(assistant).isEmpty())) {
            return HttpResponse.invalid("There is no such assistant.");
        }
        if (body.has("session") && !isOwn(guard, caller, session)) {
            return HttpResponse.invalid("session must be one of your own sessions.");
        }
        Optional<ScheduleId> id =
                switch (Idempotency.of(request)) {
                    case Idempotency.Key.Given(String key) -> Optional.of(id(caller, key));
                    case Idempotency.Key.None() ->
                            Optional.of(new ScheduleId(ids.next("schedule")));
                    case Idempotency.Key.Invalid() -> Optional.empty();
                };
        if (id.isEmpty()) {
            return HttpResponse.invalid(Idempotency.RULE);
        }
        return created(
                schedules.create(
                        id.get(),
                        caller.user(),
                        caller.roles(),
                        new Definition(
                                name,
                                new Timing(expression, timezone),
                                input,
                                assistant,
                                session == null ? null : new SessionId(session))));
    }

    private static HttpResponse created(Schedules.Created created) {
        return switch (created) {
            case Schedules.Created.Now(Schedule schedule) ->
                    new HttpResponse(201, HttpResponse.JSON, view(schedule));
            case Schedules.Created.Before(Schedule schedule) -> HttpResponse.ok(view(schedule));
            case Schedules.Created.Conflict() ->
                    HttpResponse.problem(
                            Problem.CONFLICT,
                            "Another schedule was made under this key. Send a new key.");
            case Schedules.Created.Full(int limit) ->
                    HttpResponse.problem(
                            Problem.LIMIT_REACHED,
                            "You have %d schedules, the most that one may have.".formatted(limit));
            case Schedules.Created.Refused(String reason) -> HttpResponse.invalid(reason);
        };
    }

    /** {@code GET /schedules?cursor=&limit=}: {@code {items, nextCursor?}}, the newest first. */
    private HttpResponse list(Caller caller, HttpRequest request) {
        Optional<Integer> limit = request.limit(PAGE, MAX_PAGE);
        if (limit.isEmpty()) {
            return HttpResponse.invalid(
                    "limit must be a whole number from 1 to %d.".formatted(MAX_PAGE));
        }
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
        Schedules.Listed listed = schedules.list(caller.user(), limit.get(), after);
        ObjectNode answer = Json.object();
        ArrayNode items = answer.putArray("items");
        listed.schedules().forEach(schedule -> items.add(view(schedule)));
        if (listed.next() != null) {
            answer.put("nextCursor", Cursors.write(listed.next()));
        }
        return HttpResponse.ok(answer);
    }

    /** {@code GET /schedules/{scheduleId}}. */
    private HttpResponse show(Caller caller, HttpRequest request) {
        return id(request)
                .flatMap(id -> schedules.find(id, caller.user()))
                .map(schedule -> HttpResponse.ok(view(schedule)))
                .orElseGet(ScheduleRoutes::unknown);
    }

    /** {@code PATCH /schedules/{scheduleId} {name?, schedule?, timezone?, input?, state?}}. */
    private HttpResponse change(Caller caller, HttpRequest request) {
        Optional<ScheduleId> id = id(request);
        if (id.isEmpty() || schedules.find(id.get(), caller.user()).isEmpty()) {
            return unknown();
        }
        Optional<ObjectNode> found = request.jsonBody();
        if (found.isEmpty()) {
            return HttpResponse.invalid("The body must be a JSON object with what is to change.");
        }
        ObjectNode body = found.get();
        String name = HttpRequest.text(body, "name", null);
        String expression = HttpRequest.text(body, "schedule", null);
        String timezone = HttpRequest.text(body, "timezone", null);
        String input = HttpRequest.text(body, "input", null);
        Optional<State> state =
                Optional.ofNullable(HttpRequest.text(body, "state", null)).flatMap(State::of);
        if (body.has("name") && !isName(name)) {
            return HttpResponse.invalid(NAME_RULE);
        }
        if (body.has("schedule") && expression == null) {
            return HttpResponse.invalid("schedule must be a text: when it fires.");
        }
        if (body.has("timezone") && timezone == null) {
            return HttpResponse.invalid("timezone must be a text.");
        }
        Optional<String> refusal = body.has("input") ? refusal(input) : Optional.empty();
        if (refusal.isPresent()) {
            return HttpResponse.invalid(refusal.get());
        }
        if (body.has("state") && state.isEmpty()) {
            return HttpResponse.invalid("state must be enabled or paused.");
        }
        return switch (schedules.change(
                id.get(),
                caller.user(),
                caller.roles(),
                new Schedules.Change(name, expression, timezone, input, state.orElse(null)))) {
            case Schedules.Changed.Done(Schedule schedule) -> HttpResponse.ok(view(schedule));
            case Schedules.Changed.Refused(String reason) -> HttpResponse.invalid(reason);
            case Schedules.Changed.Absent() -> unknown();
        };
    }

    /** {@code DELETE /schedules/{scheduleId}}. */
    private HttpResponse delete(Caller caller, HttpRequest request) {
        return id(request).filter(id -> schedules.delete(id, caller.user())).isPresent()
                ? HttpResponse.noContent()
                : unknown();
    }

    /** What is wrong with what is to be said; empty if it may be sent. */
    private Optional<String> refusal(@Nullable String input) {
        return input == null
                ? Optional.of("input must be a text: what is to be said.")
                : rules.refusal(
                        new UiMessage(
                                ids.message(),
                                UiMessage.Role.USER,
                                List.of(new MessagePart.Text(input)),
                                null));
    }

    private static boolean isOwn(Guard guard, Caller caller, @Nullable String session) {
        return session != null
                && SessionId.isValid(session)
                && guard.session(caller, new SessionId(session)).isPresent();
    }

    private static boolean isName(@Nullable String name) {
        return name != null && !name.isBlank() && name.length() <= MAX_NAME;
    }

    /** The id of what a user asks for under a key: the same for the same. */
    private static ScheduleId id(Caller caller, String key) {
        return new ScheduleId(
                "schedule_" + Hashes.sha256(caller.user() + "\n" + key).substring(0, 32));
    }

    private static Optional<ScheduleId> id(HttpRequest request) {
        return Optional.of(request.pathParameter("scheduleId"))
                .filter(ScheduleId::isValid)
                .map(ScheduleId::new);
    }

    /**
     * {@code {scheduleId, name, schedule, timezone, input, assistant?, session?, state, createdAt,
     * lastFiredAt?, lastStatus?, lastTurnId?}}.
     */
    private static ObjectNode view(Schedule schedule) {
        Definition definition = schedule.definition();
        ObjectNode json =
                Json.object()
                        .put("scheduleId", schedule.id().value())
                        .put("name", definition.name())
                        .put("schedule", definition.timing().expression())
                        .put("timezone", definition.timing().timezone())
                        .put("input", definition.input());
        if (definition.assistant() != null) {
            json.put("assistant", definition.assistant());
        }
        if (definition.session() != null) {
            json.put("session", definition.session().value());
        }
        json.put("state", schedule.state().wireName())
                .put("createdAt", schedule.createdAt().toString());
        Schedule.Last last = schedule.last();
        if (last != null) {
            json.put("lastFiredAt", last.at().toString())
                    .put("lastStatus", last.status().wireName());
            if (last.turn() != null) {
                json.put("lastTurnId", last.turn().value());
            }
        }
        return json;
    }

    private static HttpResponse unknown() {
        return HttpResponse.problem(Problem.NOT_FOUND, "There is no such schedule.");
    }
}
