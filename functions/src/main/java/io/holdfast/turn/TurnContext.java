package io.holdfast.turn;

import io.holdfast.assistant.Assistant;
import io.holdfast.assistant.ContextText;
import io.holdfast.assistant.SystemPrompts;
import io.holdfast.platform.TurnId;
import io.holdfast.session.ContextProvider;
import io.holdfast.session.GivenSubject;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.session.UserNotes;
import io.holdfast.tool.SubjectState;
import io.holdfast.tool.Toolbox;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/**
 * What the model is told before the conversation: the assistant's system prompt, and the words of
 * its context providers, those that change the least first, because prompts are cached by what they
 * begin with. Safe for several threads.
 */
final class TurnContext {
    /**
     * The steps of a turn follow each other: they shall be told the same, and a source is not asked
     * for each. A turn that has waited longer is told anew.
     */
    private static final Duration KEPT = Duration.ofMinutes(1);

    /** A function runs one turn at a time, and few in a minute; on one machine there are more. */
    private static final int MAX_KEPT = 100;

    private final SystemPrompts prompts;
    private final Toolbox toolbox;
    private final SessionStore sessions;
    private final UserNotes notes;
    private final InstantSource clock;
    private final LinkedHashMap<TurnId, Kept> kept = new LinkedHashMap<>();

    private record Kept(List<String> words, Instant until) {}

    /**
     * Puts together what these know.
     *
     * @param toolbox for texts of MCP servers, and for the sources of subjects
     */
    TurnContext(
            SystemPrompts prompts,
            Toolbox toolbox,
            SessionStore sessions,
            UserNotes notes,
            InstantSource clock) {
        this.prompts = prompts;
        this.toolbox = toolbox;
        this.sessions = sessions;
        this.notes = notes;
        this.clock = clock;
    }

    /** The system prompt of a turn's next step. */
    String systemPrompt(Turn turn, Assistant assistant, Session session) {
        List<String> additions = new ArrayList<>();
        if (assistant.tells(ContextProvider.MCP, session)) {
            additions.addAll(toolbox.words(assistant));
        }
        additions.addAll(words(turn.id(), assistant, session));
        if (turn.background().page() != null) {
            additions.add(turn.background().page());
        }
        return prompts.render(assistant, session, additions);
    }

    private List<String> words(TurnId turn, Assistant assistant, Session session) {
        Instant now = clock.instant();
        synchronized (kept) {
            kept.values().removeIf(one -> !now.isBefore(one.until()));
            Kept before = kept.get(turn);
            if (before != null) {
                return before.words();
            }
        }
        List<String> words = new ArrayList<>();
        if (assistant.tells(ContextProvider.PROFILE, session)) {
            notes.profile(session.owner())
                    .map(
                            profile ->
                                    ContextText.profile(
                                            profile.text(), assistant.contextLimits().profile()))
                    .ifPresent(words::add);
        }
        if (assistant.tells(ContextProvider.MEMORY, session)) {
            words.add(
                    ContextText.memory(
                            notes.list(session.owner(), now), assistant.contextLimits().memory()));
        }
        if (session.subject() != null && assistant.tells(ContextProvider.SUBJECT, session)) {
            words.add(subject(session.subject(), assistant.contextLimits().subject(), session));
        }
        synchronized (kept) {
            kept.put(turn, new Kept(List.copyOf(words), now.plus(KEPT)));
            while (kept.size() > MAX_KEPT) {
                kept.pollFirstEntry();
            }
        }
        return words;
    }

    private String subject(String subject, int maxCharacters, Session session) {
        return switch (toolbox.subject(subject, session.owner(), session.id())) {
            case SubjectState.Found(String text) ->
                    ContextText.subject(subject, text, maxCharacters);
            case SubjectState.Unavailable() -> asGiven(subject, true, maxCharacters, session);
            case SubjectState.NoSource() -> asGiven(subject, false, maxCharacters, session);
        };
    }

    private String asGiven(String subject, boolean isDown, int maxCharacters, Session session) {
        Optional<GivenSubject> given = sessions.given(session.id());
        return given.map(
                        known ->
                                ContextText.subjectAsGiven(
                                        subject, known.json(), known.at(), isDown, maxCharacters))
                .orElseGet(() -> ContextText.subjectUnknown(subject, isDown));
    }
}
