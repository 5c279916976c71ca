package io.holdfast.turn;

import io.holdfast.assistant.Assistant;
import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.chunk.UiMessage;
import io.holdfast.model.Model;
import io.holdfast.model.ModelEvent;
import io.holdfast.model.ModelRequest;
import io.holdfast.platform.Texts;
import io.holdfast.platform.TurnId;
import io.holdfast.session.MessageStore;
import io.holdfast.session.Session;
import io.holdfast.session.SessionEvent;
import io.holdfast.session.SessionEvents;
import io.holdfast.session.SessionStore;
import io.holdfast.session.StoredMessage;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Has the model write a session's title when its first answer has ended: nobody waits for it, and a
 * title that the user has given stays.
 */
final class TitleWriter {
    private static final Logger LOG = LoggerFactory.getLogger(TitleWriter.class);

    private static final String SYSTEM =
            "You write titles for conversations. Answer with the title alone: at most six words, in"
                    + " the language of the conversation, without quotation marks.";

    /** The script model of the local system knows it by these words. */
    private static final String TASK = "Give this conversation a title: ";

    /** Of each message, the model reads so much. */
    private static final int READ = 1_500;

    private static final int MAX_TITLE = 80;
    private static final int MAX_TOKENS = 60;
    private static final int MESSAGES = 2;

    /** For all of it; a title is not worth more. */
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final TurnStore turns;
    private final SessionStore sessions;
    private final MessageStore messages;
    private final SessionEvents events;
    private final StepRequests requests;
    private final Model model;
    private final InstantSource clock;

    TitleWriter(TurnParts parts, StepRequests requests, Model model) {
        this.turns = parts.turns();
        this.sessions = parts.sessions();
        this.messages = parts.messages();
        this.events = parts.events();
        this.clock = parts.clock();
        this.requests = requests;
        this.model = model;
    }

    /** Whether the session of a turn that has ended wants a title. */
    boolean isWanted(TurnId id) {
        return turns.find(id)
                .filter(turn -> requests.assistant(turn).titles())
                .filter(turn -> sessions.wantsTitle(turn.session()))
                .isPresent();
    }

    /**
     * Writes the title.
     *
     * @throws RuntimeException for what may pass: it can be tried again
     */
    void write(TurnId id) {
        Turn turn = turns.find(id).orElse(null);
        if (turn == null || !sessions.wantsTitle(turn.session())) {
            return;
        }
        Optional<Session> session = sessions.read(turn.session());
        if (session.isEmpty()) {
            return;
        }
        List<StoredMessage> said =
                messages.before(
                        session.get(), turn.answerPosition() + 1, MESSAGES, Integer.MAX_VALUE);
        String words =
                said.stream()
                        .map(StoredMessage::message)
                        .map(TitleWriter::line)
                        .collect(Collectors.joining(" "));
        Optional<String> title = title(ask(turn, words));
        if (title.isEmpty()) {
            LOG.info("The model has no title for {}", turn.session());
            return;
        }
        if (sessions.entitle(turn.session(), title.get())) {
            // A guest's session may have become a user's meanwhile.
            sessions.owner(turn.session())
                    .ifPresent(
                            owner ->
                                    events.tell(
                                            turn.session(),
                                            owner,
                                            new SessionEvent.TitleChanged(title.get())));
        }
    }

    /** A message in one line. */
    private static String line(UiMessage message) {
        String text = message.text().strip().replaceAll("\\s+", " ");
        return "%s: %s"
                .formatted(
                        message.role() == UiMessage.Role.USER ? "User" : "Assistant",
                        Texts.beginning(text, READ));
    }

    private String ask(Turn turn, String words) {
        Assistant assistant = requests.assistant(turn);
        ModelRequest request =
                new ModelRequest(
                        "title-" + turn.session(),
                        turn.choice().model(),
                        SYSTEM,
                        List.of(
                                new ModelRequest.ModelMessage(
                                        ModelRequest.Role.USER,
                                        List.of(new ModelRequest.Content.Text(TASK + words)))),
                        List.of(),
                        Math.min(MAX_TOKENS, assistant.maxOutputTokens()),
                        ReasoningEffort.NONE);
        Instant deadline = clock.instant().plus(PATIENCE);
        StringBuilder said = new StringBuilder();
        try (Model.Answer answer = model.ask(request)) {
            while (clock.instant().isBefore(deadline)) {
                switch (answer.next(PATIENCE)) {
                    case ModelEvent.Text(int block, String text) -> said.append(text);
                    case ModelEvent.Usage usage ->
                            turns.countTitle(turn.id(), requests.ledger(request.modelId(), usage));
                    case ModelEvent.Refused refused -> {
                        return "";
                    }
                    case ModelEvent.End() -> {
                        return said.toString();
                    }
                    case ModelEvent other -> {}
                }
            }
        }
        return "";
    }

    /** The title in what a model said; empty if there is none. */
    static Optional<String> title(String said) {
        String line =
                said.lines()
                        .map(
                                text ->
                                        text.strip()
                                                .replaceAll("^[\"'“”«»#*\\s]+|[\"'“”«»*\\s]+$", ""))
                        .filter(text -> !text.isEmpty())
                        .findFirst()
                        .orElse("");
        return line.isEmpty()
                ? Optional.empty()
                : Optional.of(
                        line.length() <= MAX_TITLE
                                ? line
                                : Texts.beginning(line, MAX_TITLE - 1).strip() + "…");
    }
}
