package io.holdfast.turn;

import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.Choice;
import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.assistant.Wish;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.Json;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.session.Preferences;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.session.StoredMessage;
import io.holdfast.stream.Fence;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;

import org.jspecify.annotations.Nullable;

import software.amazon.awssdk.services.sfn.SfnClient;
import software.amazon.awssdk.services.sfn.model.ExecutionAlreadyExistsException;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/**
 * Begins turns: first the record, then the execution.
 *
 * <p>Both can be done again: whoever dies in between, the same input sent again goes on from there,
 * and never runs a turn twice.
 */
public final class TurnStarter {
    /**
     * How long a new message waits for the turn before it to end: a stop button followed by a new
     * message is not a conflict that a person should see, and the two frames may overtake each
     * other.
     */
    private static final Duration GRACE = Duration.ofMillis(250);

    /**
     * How long it waits for a turn whose stream has ended to be recorded; that takes milliseconds.
     */
    private static final Duration ENDING_GRACE = Duration.ofSeconds(5);

    /** How often a change of the session that crossed ours is tried again. */
    private static final int CROSSINGS = 8;

    /** Messages that an edit or a regeneration looks through for its place. */
    private static final int SEARCHED = 1_000;

    private static final int SEARCHED_CHARACTERS = 20_000_000;

    private final SessionStore sessions;
    private final TurnStore turns;
    private final TurnStream stream;
    private final Catalog catalog;
    private final SfnClient stepFunctions;
    private final String machineArn;
    private final Supplier<MessageId> answerIds;
    private final InstantSource clock;
    private final Pause pause;
    private final RandomGenerator random;

    /**
     * Everything that a turn's beginning needs.
     *
     * @param catalog the assistants that may answer
     * @param machineArn the turn's state machine
     */
    public TurnStarter(
            SessionStore sessions,
            TurnStore turns,
            TurnStream stream,
            Catalog catalog,
            SfnClient stepFunctions,
            String machineArn,
            Supplier<MessageId> answerIds,
            InstantSource clock,
            Pause pause,
            RandomGenerator random) {
        this.sessions = sessions;
        this.turns = turns;
        this.stream = stream;
        this.catalog = catalog;
        this.stepFunctions = stepFunctions;
        this.machineArn = machineArn;
        this.answerIds = answerIds;
        this.clock = clock;
        this.pause = pause;
        this.random = random;
    }

    /**
     * Stores a turn, or finds the turn that the same input has already.
     *
     * @param wish which assistant, model and effort are asked for
     * @param request tells one edit or regeneration from the next
     */
    public Begun begin(
            Caller caller, SessionId sessionId, TurnInput input, Wish wish, RequestId request) {
        Instant start = clock.instant();
        int crossings = 0;
        while (true) {
            Session session;
            switch (sessions.find(sessionId, caller.user(), clock.instant())) {
                case SessionStore.Access.Foreign() -> {
                    return new Begun.Foreign();
                }
                case SessionStore.Access.Absent(Session fresh) -> session = fresh;
                case SessionStore.Access.Granted(Session granted) -> session = granted;
            }
            Optional<Plan> planned = plan(session, input, request);
            if (planned.isEmpty()) {
                return new Begun.NothingToAnswer();
            }
            Plan plan = planned.get();
            Optional<Turn> existing = turns.find(plan.turn());
            if (existing.isPresent()) {
                return attach(existing.get(), plan);
            }
            if (session.activeTurn() != null) {
                Duration waited = Duration.between(start, clock.instant());
                Duration grace = hasEnded(session.activeTurn()) ? ENDING_GRACE : GRACE;
                if (waited.compareTo(grace) >= 0) {
                    // Whoever began it may have died before it ran; then it runs now, and ends.
                    turns.find(session.activeTurn()).ifPresent(this::start);
                    return new Begun.Busy();
                }
                pause.pause(Duration.ofMillis(random.nextInt(20, 80)));
                continue;
            }
            Choice.Outcome.Chosen chosen;
            switch (Choice.of(catalog, wish, known(session.preferences()))) {
                case Choice.Outcome.Refused(String reason) -> {
                    return new Begun.Refused(reason);
                }
                case Choice.Outcome.Chosen found -> chosen = found;
            }
            Turn turn = turn(session, caller, plan, chosen);
            if (turns.begin(turn, session, plan.cutFrom(), plan.stored(), kept(wish))) {
                return new Begun.Started(turn);
            }
            if (++crossings == CROSSINGS) {
                return new Begun.Busy();
            }
            pause.pause(Duration.ofMillis(random.nextInt(5, 40)));
        }
    }

    /** Starts a turn's execution unless it has ended; starting it again changes nothing. */
    public void start(Turn turn) {
        if (turn.status().isFinal()) {
            return;
        }
        String input =
                Json.write(
                        Json.object()
                                .put("turnId", turn.id().value())
                                .put("sessionId", turn.session().value()));
        try {
            stepFunctions.startExecution(
                    execution ->
                            execution
                                    .stateMachineArn(machineArn)
                                    .name(turn.id().value())
                                    .input(input));
        } catch (ExecutionAlreadyExistsException e) {
            // It ran already and has ended: that is what the caller wanted.
        }
    }

    private Begun attach(Turn turn, Plan plan) {
        if (!turn.inputHash().equals(plan.inputHash())) {
            return new Begun.Conflict();
        }
        return new Begun.Existing(turn);
    }

    private boolean hasEnded(TurnId turn) {
        return stream.open(turn, Fence.NONE, clock.instant()) instanceof TurnStream.Opened.Ended;
    }

    /** What a session asked for before; what there is no more of is passed over. */
    private static Wish known(Preferences stored) {
        return new Wish(
                stored.assistant(),
                stored.model(),
                Optional.ofNullable(stored.effort()).flatMap(ReasoningEffort::of).orElse(null));
    }

    private static Preferences kept(Wish wish) {
        return new Preferences(
                wish.assistant(),
                wish.model(),
                wish.effort() == null ? null : wish.effort().wireName());
    }

    private Turn turn(Session session, Caller caller, Plan plan, Choice.Outcome.Chosen chosen) {
        return new Turn(
                plan.turn(),
                session.id(),
                session.owner(),
                caller.roles(),
                TurnStatus.RUNNING,
                answerIds.get(),
                SessionStore.answerPosition(session, plan.stored()),
                plan.inputHash(),
                new Turn.Choice(chosen.assistant().name(), chosen.model(), chosen.effort()),
                0,
                clock.instant(),
                null,
                null,
                plan.prompt());
    }

    /**
     * What a turn does to its session.
     *
     * @param stored the user's message if it is to be stored, absent if it stands there already
     * @param prompt what the model is asked in place of a message of the user's
     */
    private record Plan(
            TurnId turn,
            String inputHash,
            @Nullable Long cutFrom,
            @Nullable UiMessage stored,
            @Nullable String prompt) {

        /** For what a user asks. */
        Plan(TurnId turn, String inputHash, @Nullable Long cutFrom, @Nullable UiMessage stored) {
            this(turn, inputHash, cutFrom, stored, null);
        }
    }

    /** The plan for an input; empty if there is nothing to answer. */
    private Optional<Plan> plan(Session session, TurnInput input, RequestId request) {
        return switch (input) {
            case TurnInput.Message(UiMessage message) ->
                    Optional.of(
                            new Plan(
                                    TurnIds.ofMessage(session.id(), message),
                                    TurnIds.inputHash(message),
                                    null,
                                    message));
            case TurnInput.Edit(UiMessage message) -> {
                Optional<Long> place = place(session, message.id());
                yield place.isEmpty()
                        ? plan(session, new TurnInput.Message(message), request)
                        : Optional.of(
                                new Plan(
                                        TurnIds.ofRequest(session.id(), request),
                                        TurnIds.inputHash(message),
                                        place.get(),
                                        message));
            }
            case TurnInput.Continuation(OperationId operation, String prompt) ->
                    Optional.of(
                            new Plan(
                                    TurnIds.ofOperation(session.id(), operation),
                                    "none",
                                    null,
                                    null,
                                    prompt));
            case TurnInput.Regenerate(UiMessage question, MessageId answer) ->
                    regeneration(session, question, answer, request);
        };
    }

    private Optional<Plan> regeneration(
            Session session,
            @Nullable UiMessage question,
            @Nullable MessageId answer,
            RequestId request) {
        TurnId turn = TurnIds.ofRequest(session.id(), request);
        List<StoredMessage> history = history(session);
        if (question != null) {
            Optional<Long> place = place(history, question.id());
            return place.isPresent()
                    ? Optional.of(new Plan(turn, "none", place.get() + 1, null))
                    // The client knows a message that never arrived here: it is sent now.
                    : plan(session, new TurnInput.Message(question), request);
        }
        if (history.isEmpty()) {
            return Optional.empty();
        }
        StoredMessage last = history.getLast();
        long cut =
                answer != null && place(history, answer).isPresent()
                        ? place(history, answer).get()
                        : last.message().role() == UiMessage.Role.ASSISTANT
                                ? last.position()
                                : last.position() + 1;
        return Optional.of(new Plan(turn, "none", cut, null));
    }

    private Optional<Long> place(Session session, MessageId message) {
        return place(history(session), message);
    }

    private static Optional<Long> place(List<StoredMessage> history, MessageId message) {
        return history.stream()
                .filter(stored -> stored.message().id().equals(message))
                .map(StoredMessage::position)
                .findFirst();
    }

    private List<StoredMessage> history(Session session) {
        return sessions.messages(session, session.next(), SEARCHED, SEARCHED_CHARACTERS);
    }
}
