package io.holdfast.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Catalog;
import io.holdfast.chunk.UiMessageJson;
import io.holdfast.platform.Ids;
import io.holdfast.platform.Json;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;
import io.holdfast.session.ContextChange;
import io.holdfast.session.MessageStore;
import io.holdfast.session.Preferences;
import io.holdfast.session.Session;
import io.holdfast.session.SessionEvent;
import io.holdfast.session.SessionEvents;
import io.holdfast.session.SessionStore;
import io.holdfast.session.SessionStore.Created;
import io.holdfast.session.SessionStore.Listed;
import io.holdfast.session.SessionStore.Place;
import io.holdfast.turn.SessionEraser;
import io.holdfast.turn.TurnParts;
import io.holdfast.turn.TurnQueue;
import io.holdfast.turn.TurnViews;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** Conversations for those who show them: to begin, list, load and name them. */
final class SessionRoutes implements Route.Group {
    private static final Logger LOG = LoggerFactory.getLogger(SessionRoutes.class);

    /**
     * The newest messages of a session that one answer holds; API Gateway takes 6 MB of a function.
     */
    private static final int MAX_MESSAGES = 1_000;

    private static final int MAX_CHARACTERS = 1_500_000;

    private static final int PAGE = 20;
    private static final int MAX_PAGE = 100;
    private static final int MAX_TITLE = 200;
    private static final Pattern SUBJECT = Pattern.compile("[A-Za-z0-9_.:/-]{1,200}");
    private static final Pattern PLACE =
            Pattern.compile("(?<at>[1-9]\\d{0,14})#(?<session>[A-Za-z0-9_-]{8,64})");

    /** Deleting a long session; the gateway waits 30 s (API Gateway, "HTTP API quotas"). */
    private static final Duration ERASURE = Duration.ofSeconds(12);

    private final SessionStore sessions;
    private final MessageStore messages;
    private final TurnViews turns;
    private final TurnQueue queue;
    private final SessionEraser eraser;
    private final SessionEvents events;
    private final Catalog catalog;
    private final Ids ids;
    private final InstantSource clock;

    SessionRoutes(TurnParts parts, SessionEraser eraser, Catalog catalog) {
        this.sessions = parts.sessions();
        this.messages = parts.messages();
        this.turns = parts.views();
        this.queue = parts.queue();
        this.eraser = eraser;
        this.events = parts.events();
        this.catalog = catalog;
        this.ids = parts.ids();
        this.clock = parts.clock();
    }

    @Override
    public Map<String, Route> routes(Guard guard) {
        return Map.of(
                "POST /sessions",
                guard.caller((caller, request) -> create(caller.user(), request)),
                "GET /sessions",
                guard.caller((caller, request) -> list(caller.user(), request)),
                "GET /sessions/{sessionId}",
                guard.session((caller, session, request) -> HttpResponse.ok(whole(session))),
                "PATCH /sessions/{sessionId}",
                guard.session((caller, session, request) -> change(session, request)),
                "DELETE /sessions/{sessionId}",
                guard.session((caller, session, request) -> delete(session)));
    }

    /**
     * {@code POST /sessions {id?, subject?, title?, assistant?, context?}}: the session, new or
     * found; what the context says counts for both.
     *
     * @return 201 if it is new, 200 if the user has it already
     */
    private HttpResponse create(UserId user, HttpRequest request) {
        Optional<ObjectNode> found = request.jsonBody();
        if (found.isEmpty()) {
            return HttpResponse.invalid("The body must be a JSON object; it may be empty.");
        }
        ObjectNode body = found.get();
        String id = HttpRequest.text(body, "id", ids.next("session"));
        String subject = HttpRequest.text(body, "subject", null);
        String title = HttpRequest.text(body, "title", null);
        String assistant = HttpRequest.text(body, "assistant", null);
        if (id == null || !SessionId.isValid(id)) {
            return HttpResponse.invalid(
                    "id must be 8 to 64 letters, digits, underscores or hyphens.");
        }
        if (body.has("subject") && (subject == null || !SUBJECT.matcher(subject).matches())) {
            return HttpResponse.invalid(
                    "subject must be 1 to 200 letters, digits or _ . : / - characters.");
        }
        if (body.has("title") && !isTitle(title)) {
            return HttpResponse.invalid(TITLE_RULE);
        }
        if (body.has("assistant")
                && (assistant == null || catalog.assistant(assistant).isEmpty())) {
            return HttpResponse.invalid("There is no such assistant.");
        }
        ContextChange context;
        switch (ContextChange.read(body.path("context"))) {
            case ContextChange.Read.Invalid(String reason) -> {
                return HttpResponse.invalid(reason + ".");
            }
            case ContextChange.Read.Valid(ContextChange read) -> context = read;
        }
        if (context.subject() != null && subject == null) {
            return HttpResponse.invalid(SUBJECT_RULE);
        }
        return switch (sessions.create(
                new SessionId(id),
                user,
                subject,
                title,
                new Preferences(assistant, null, null),
                clock.instant())) {
            case Created.Now(Session session) ->
                    new HttpResponse(
                            201,
                            HttpResponse.JSON,
                            whole(configured(session, context).orElse(session)));
            case Created.Before(Session session) ->
                    HttpResponse.ok(whole(configured(session, context).orElse(session)));
            case Created.Foreign() ->
                    HttpResponse.problem(Problem.CONFLICT, "This id is taken. Choose another.");
            case Created.Mismatch() ->
                    HttpResponse.problem(
                            Problem.CONFLICT, "The session of this id is about something else.");
        };
    }

    /** {@code GET /sessions?cursor=&limit=}: {@code {items, nextCursor?}}, the newest first. */
    private HttpResponse list(UserId user, HttpRequest request) {
        Optional<Integer> limit = request.limit(PAGE, MAX_PAGE);
        if (limit.isEmpty()) {
            return HttpResponse.invalid(
                    "limit must be a whole number from 1 to %d.".formatted(MAX_PAGE));
        }
        Place after = null;
        if (request.queryParameter("cursor").isPresent()) {
            after =
                    Cursors.read(request.queryParameter("cursor").get(), PLACE)
                            .map(
                                    place ->
                                            new Place(
                                                    Instant.ofEpochMilli(
                                                            Long.parseLong(place.group("at"))),
                                                    new SessionId(place.group("session"))))
                            .orElse(null);
            if (after == null) {
                return HttpResponse.invalid(Cursors.RULE);
            }
        }
        Listed listed = sessions.list(user, limit.get(), after);
        ObjectNode answer = Json.object();
        ArrayNode items = answer.putArray("items");
        listed.sessions().forEach(session -> items.add(head(session)));
        if (listed.next() != null) {
            answer.put(
                    "nextCursor",
                    Cursors.write(
                            listed.next().at().toEpochMilli() + "#" + listed.next().session()));
        }
        return HttpResponse.ok(answer);
    }

    /** {@code PATCH /sessions/{sessionId} {title?, context?}}. */
    private HttpResponse change(Session session, HttpRequest request) {
        Optional<ObjectNode> found = request.jsonBody();
        if (found.isEmpty() || !(found.get().has("title") || found.get().has("context"))) {
            return HttpResponse.invalid("The body must have a title or a context.");
        }
        ObjectNode body = found.get();
        String title = HttpRequest.text(body, "title", null);
        if (body.has("title") && !isTitle(title)) {
            return HttpResponse.invalid(TITLE_RULE);
        }
        return switch (ContextChange.read(body.path("context"))) {
            case ContextChange.Read.Invalid(String reason) -> HttpResponse.invalid(reason + ".");
            case ContextChange.Read.Valid(ContextChange context) -> {
                if (context.subject() != null && session.subject() == null) {
                    yield HttpResponse.invalid(SUBJECT_RULE);
                }
                yield configured(session, context)
                        .flatMap(now -> title == null ? Optional.of(now) : renamed(now, title))
                        .map(now -> HttpResponse.ok(head(now)))
                        .orElseGet(Guard::noSuchSession);
            }
        };
    }

    /** {@code DELETE /sessions/{sessionId}}: nobody sees it any more; what is left goes soon. */
    private HttpResponse delete(Session session) {
        if (!eraser.delete(session)) {
            return Guard.noSuchSession();
        }
        try {
            eraser.erase(session.id(), ERASURE);
        } catch (RuntimeException e) {
            // It is deleted; the sweeper does the rest.
            LOG.warn("The session {} could not be cleared at once", session.id(), e);
        }
        return HttpResponse.noContent();
    }

    private Optional<Session> configured(Session session, ContextChange change) {
        return sessions.configure(session, change, clock.instant());
    }

    private Optional<Session> renamed(Session session, String title) {
        Optional<Session> renamed = sessions.rename(session, title);
        if (renamed.isPresent()) {
            events.tell(session.id(), session.owner(), new SessionEvent.TitleChanged(title));
        }
        return renamed;
    }

    private static final String SUBJECT_RULE =
            "context.subject is for a session with a subject: say what it is about.";

    private static final String TITLE_RULE =
            "title must be 1 to %d characters.".formatted(MAX_TITLE);

    private static boolean isTitle(@Nullable String title) {
        return title != null && !title.isBlank() && title.length() <= MAX_TITLE;
    }

    /** {@code {id, title, assistant, subject?, context?, createdAt, updatedAt}}. */
    private ObjectNode head(Session session) {
        String assistant = session.preferences().assistant();
        ObjectNode json =
                Json.object()
                        .put("id", session.id().value())
                        .put("title", session.title() == null ? "" : session.title())
                        .put(
                                "assistant",
                                assistant == null ? catalog.defaultAssistant() : assistant);
        if (session.subject() != null) {
            json.put("subject", session.subject());
        }
        if (!session.off().isEmpty()) {
            ObjectNode context = json.putObject("context");
            session.off().stream().sorted().forEach(off -> context.put(off.wireName(), false));
        }
        json.put("createdAt", session.createdAt().toString())
                .put("updatedAt", session.updatedAt().toString());
        return json;
    }

    private ObjectNode whole(Session session) {
        ObjectNode json = head(session);
        ArrayNode shown = json.putArray("messages");
        messages.before(session, session.next(), MAX_MESSAGES, MAX_CHARACTERS)
                .forEach(stored -> shown.add(UiMessageJson.write(stored.message())));
        if (session.activeTurn() != null) {
            json.putObject("activeTurn")
                    .put("turnId", session.activeTurn().value())
                    .put("lastSequence", turns.lastSequence(session.activeTurn()));
        }
        if (session.queued() > 0) {
            ArrayNode waiting = json.putArray("queue");
            queue.of(session.id())
                    .forEach(
                            queued ->
                                    waiting.addObject()
                                            .put("turnId", queued.turn().value())
                                            .set("message", UiMessageJson.write(queued.message())));
        }
        return json;
    }
}
