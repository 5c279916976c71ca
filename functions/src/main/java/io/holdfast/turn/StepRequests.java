package io.holdfast.turn;

import io.holdfast.assistant.Assistant;
import io.holdfast.assistant.Catalog;
import io.holdfast.model.ModelEvent;
import io.holdfast.model.ModelRequest;
import io.holdfast.model.ModelRequest.ModelTool;
import io.holdfast.session.MessageStore;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.session.StoredMessage;
import io.holdfast.tool.ToolSpec;
import io.holdfast.tool.Toolbox;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Puts together what a model is asked in a step, and knows what that costs. */
final class StepRequests {
    private final Catalog catalog;
    private final Toolbox toolbox;
    private final TurnContext context;
    private final SessionStore sessions;
    private final MessageStore messages;
    private final CallStore calls;
    private final InstantSource clock;

    StepRequests(
            Catalog catalog,
            Toolbox toolbox,
            TurnContext context,
            SessionStore sessions,
            MessageStore messages,
            CallStore calls,
            InstantSource clock) {
        this.catalog = catalog;
        this.toolbox = toolbox;
        this.context = context;
        this.sessions = sessions;
        this.messages = messages;
        this.calls = calls;
        this.clock = clock;
    }

    /** Who answers a turn; the default assistant if its own is no longer configured. */
    Assistant assistant(Turn turn) {
        return catalog.assistant(turn.choice().assistant())
                .or(() -> catalog.assistant(catalog.defaultAssistant()))
                .orElseThrow();
    }

    /** What a call of a model costs. */
    Ledger ledger(String model, ModelEvent.Usage usage) {
        return Ledger.of(usage, catalog.prices().of(model));
    }

    /**
     * What the model is asked next.
     *
     * @param complete the turn's steps so far
     * @param model who is asked
     */
    ModelRequest of(Turn turn, Assistant assistant, List<StepResult> complete, String model) {
        Session session = session(turn);
        List<ToolSpec> offered = toolbox.offered(assistant, turn.roles());
        ModelRequests conversation =
                new ModelRequests(!offered.isEmpty(), assistant.maxResultCharacters())
                        .history(history(turn, session, assistant));
        if (turn.prompt() != null) {
            conversation.prompt(turn.prompt());
        }
        for (StepResult step : complete) {
            conversation.step(step, results(turn, step));
        }
        return new ModelRequest(
                session.id().value(),
                model,
                context.systemPrompt(turn, assistant, basis(turn).orElse(session)),
                conversation.messages(),
                offered.stream()
                        .map(tool -> new ModelTool(tool.name(), tool.description(), tool.input()))
                        .toList(),
                assistant.maxOutputTokens(),
                turn.choice().effort());
    }

    /** The messages before the answer; of an off-record turn, after those of its basis. */
    private List<StoredMessage> history(Turn turn, Session session, Assistant assistant) {
        List<StoredMessage> own =
                messages.before(
                        session,
                        turn.answerPosition(),
                        assistant.maxHistoryMessages(),
                        assistant.maxHistoryCharacters());
        return basis(turn)
                .map(
                        basis ->
                                messages.before(
                                        basis,
                                        basis.next(),
                                        assistant.maxHistoryMessages(),
                                        assistant.maxHistoryCharacters()))
                .map(read -> Stream.concat(read.stream(), own.stream()).toList())
                .orElse(own);
    }

    /** The session that an off-record turn speaks of, if it does and it is still there. */
    private Optional<Session> basis(Turn turn) {
        return Optional.ofNullable(turn.background().basis()).flatMap(sessions::read);
    }

    private Map<CallId, CallResult> results(Turn turn, StepResult step) {
        Map<CallId, CallResult> results = new HashMap<>();
        for (Call call : step.calls()) {
            if (call.ended() != null) {
                results.put(call.id(), calls.result(turn.id(), call));
            }
        }
        return results;
    }

    private Session session(Turn turn) {
        return switch (sessions.find(turn.session(), turn.user(), clock.instant())) {
            case SessionStore.Access.Granted(Session session) -> session;
            case SessionStore.Access.Absent absent -> throw noSession(turn);
            case SessionStore.Access.Foreign() -> throw noSession(turn);
        };
    }

    private static IllegalStateException noSession(Turn turn) {
        return new IllegalStateException("The turn " + turn.id() + " has lost its session");
    }
}
