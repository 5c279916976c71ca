package io.holdfast.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Ids;
import io.holdfast.platform.Json;
import io.holdfast.platform.UserId;
import io.holdfast.session.Note;
import io.holdfast.session.NoteId;
import io.holdfast.session.Profile;
import io.holdfast.session.UserNotes;
import io.holdfast.session.UserNotes.Added;

import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** What is remembered about a user, for that user: their profile and their notes. */
final class UserRoutes implements Route.Group {
    private static final String PROFILE_RULE =
            "text must be a text of at most %,d characters; an empty one clears the profile."
                    .formatted(UserNotes.MAX_PROFILE_CHARACTERS);
    private static final String TEXT_RULE =
            "text must be 1 to %,d characters.".formatted(UserNotes.MAX_NOTE_CHARACTERS);
    private static final String TERM_RULE = "term must be long or mid.";

    private final UserNotes notes;
    private final Ids ids;
    private final InstantSource clock;

    UserRoutes(UserNotes notes, Ids ids, InstantSource clock) {
        this.notes = notes;
        this.ids = ids;
        this.clock = clock;
    }

    /** What is done with a note, if there is one of its id. */
    private interface ForNote {
        Optional<Note> answer(UserId user, NoteId id);
    }

    @Override
    public Map<String, Route> routes(Guard guard) {
        return Map.of(
                "GET /profile",
                guard.caller((caller, request) -> profile(notes.profile(caller.user()))),
                "PUT /profile",
                guard.caller((caller, request) -> writeProfile(caller.user(), request)),
                "GET /notes",
                guard.caller((caller, request) -> list(caller.user())),
                "POST /notes",
                guard.caller((caller, request) -> add(caller.user(), request)),
                "PATCH /notes/{noteId}",
                guard.caller((caller, request) -> change(caller.user(), request)),
                "DELETE /notes/{noteId}",
                guard.caller(
                        (caller, request) ->
                                note(
                                        caller.user(),
                                        request,
                                        (user, id) -> notes.delete(user, id, clock.instant()))));
    }

    private static HttpResponse profile(Optional<Profile> profile) {
        ObjectNode json = Json.object().put("text", profile.map(Profile::text).orElse(""));
        profile.ifPresent(there -> json.put("updatedAt", there.updatedAt().toString()));
        return HttpResponse.ok(json);
    }

    /** {@code PUT /profile {text}}. */
    private HttpResponse writeProfile(UserId user, HttpRequest request) {
        String text = request.jsonBody().map(body -> body.path("text").textValue()).orElse(null);
        if (text == null || text.length() > UserNotes.MAX_PROFILE_CHARACTERS) {
            return HttpResponse.invalid(PROFILE_RULE);
        }
        return profile(Optional.of(notes.writeProfile(user, text.strip(), clock.instant())));
    }

    /** {@code GET /notes}: {@code {items}}, all of them. */
    private HttpResponse list(UserId user) {
        ObjectNode answer = Json.object();
        ArrayNode items = answer.putArray("items");
        notes.list(user, clock.instant()).forEach(note -> items.add(json(note)));
        return HttpResponse.ok(answer);
    }

    /**
     * {@code POST /notes {text, term?}}.
     *
     * @return 201 if it is new, 200 if there is one in the same words
     */
    private HttpResponse add(UserId user, HttpRequest request) {
        Optional<ObjectNode> body = request.jsonBody();
        String text = body.map(json -> json.path("text").textValue()).orElse(null);
        if (body.isEmpty() || text == null || !isText(text)) {
            return HttpResponse.invalid(TEXT_RULE);
        }
        Optional<Note.Term> term =
                body.get().has("term") ? term(body.get()) : Optional.of(Note.Term.LONG);
        if (term.isEmpty()) {
            return HttpResponse.invalid(TERM_RULE);
        }
        return switch (notes.add(
                user, new NoteId(ids.next("note")), text.strip(), term.get(), clock.instant())) {
            case Added.Now(Note note) -> new HttpResponse(201, HttpResponse.JSON, json(note));
            case Added.Before(Note note) -> HttpResponse.ok(json(note));
            case Added.Full() ->
                    HttpResponse.problem(
                            Problem.LIMIT_REACHED,
                            "There are %d notes already. Delete one first."
                                    .formatted(UserNotes.MAX_NOTES));
        };
    }

    /** {@code PATCH /notes/{noteId} {text?, term?}}. */
    private HttpResponse change(UserId caller, HttpRequest request) {
        Optional<ObjectNode> found = request.jsonBody();
        if (found.isEmpty() || !(found.get().has("text") || found.get().has("term"))) {
            return HttpResponse.invalid("The body must have a text or a term.");
        }
        ObjectNode body = found.get();
        String text = body.path("text").textValue();
        if (body.has("text") && (text == null || !isText(text))) {
            return HttpResponse.invalid(TEXT_RULE);
        }
        Optional<Note.Term> term = term(body);
        if (body.has("term") && term.isEmpty()) {
            return HttpResponse.invalid(TERM_RULE);
        }
        return note(
                caller,
                request,
                (user, id) ->
                        notes.change(
                                user,
                                id,
                                text == null ? null : text.strip(),
                                term.orElse(null),
                                clock.instant()));
    }

    private static HttpResponse note(UserId user, HttpRequest request, ForNote route) {
        String id = request.pathParameter("noteId");
        if (!NoteId.isValid(id)) {
            return HttpResponse.invalid(
                    "A note id has 8 to 64 letters, digits, underscores or hyphens.");
        }
        return route.answer(user, new NoteId(id))
                .map(note -> HttpResponse.ok(json(note)))
                .orElseGet(() -> HttpResponse.problem(Problem.NOT_FOUND, "There is no such note."));
    }

    private static boolean isText(String text) {
        return !text.isBlank() && text.length() <= UserNotes.MAX_NOTE_CHARACTERS;
    }

    private static Optional<Note.Term> term(JsonNode body) {
        return Optional.ofNullable(body.path("term").textValue()).flatMap(Note.Term::of);
    }

    private static ObjectNode json(Note note) {
        ObjectNode json =
                Json.object()
                        .put("noteId", note.id().value())
                        .put("text", note.text())
                        .put("term", note.term().wireName())
                        .put("createdAt", note.createdAt().toString())
                        .put("updatedAt", note.updatedAt().toString());
        return note.expiresAt() == null ? json : json.put("expiresAt", note.expiresAt().toString());
    }
}
