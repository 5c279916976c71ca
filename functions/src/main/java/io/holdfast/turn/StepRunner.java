package io.holdfast.turn;

import io.holdfast.assistant.Assistant;
import io.holdfast.chunk.Chunk;
import io.holdfast.model.Model;
import io.holdfast.model.ModelEvent;
import io.holdfast.model.ModelRequest;
import io.holdfast.platform.TurnId;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.stream.CoalesceSettings;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.Fence;
import io.holdfast.stream.Reservation;
import io.holdfast.stream.TurnStream.Opened;
import io.holdfast.stream.TurnWriter;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Supplier;

/**
 * Runs one step of a turn: asks the model, and writes what it says into the turn's stream and, when
 * it is complete, into the record.
 *
 * <p>Each attempt at a step takes a new fence first. What an earlier attempt wrote is taken back
 * with {@code reset-step}, and what it may still try to write is refused.
 */
final class StepRunner {
    private static final Logger LOG = LoggerFactory.getLogger(StepRunner.class);

    /** A model that thinks hard may be silent for a minute; more is a connection that is dead. */
    private static final Duration PATIENCE = Duration.ofSeconds(90);

    /** How often a stream that vanishes under our hands is made again. */
    private static final int RESTORATIONS = 5;

    private final TurnStore turns;
    private final StepStore steps;
    private final SessionStore sessions;
    private final StreamRestorer restorer;
    private final Delivery delivery;
    private final ScheduledExecutorService scheduler;
    private final Model model;
    private final Assistant assistant;
    private final Supplier<String> holders;
    private final InstantSource clock;

    StepRunner(
            TurnParts parts, ScheduledExecutorService scheduler, Model model, Assistant assistant) {
        this.turns = parts.turns();
        this.steps = parts.steps();
        this.sessions = parts.sessions();
        this.restorer = parts.restorer();
        this.delivery = parts.delivery();
        this.holders = parts.ids()::holder;
        this.clock = delivery.clock();
        this.scheduler = scheduler;
        this.model = model;
        this.assistant = assistant;
    }

    /**
     * Runs a step.
     *
     * @param within how long it may take
     * @throws RuntimeException for what may pass: the step can be run again
     */
    StepOutcome run(TurnId id, int step, Duration within) {
        Instant deadline = clock.instant().plus(within);
        Turn turn =
                turns.find(id)
                        .orElseThrow(() -> new IllegalStateException("There is no turn " + id));
        if (turn.status().isFinal()) {
            return new StepOutcome.Ended();
        }
        Optional<Claim> claimed = steps.claim(id, step);
        if (claimed.isEmpty()) {
            // An earlier attempt got as far as the record, and died before it could say so.
            return new StepOutcome.Answered();
        }
        Claim claim = claimed.get();
        long reached = claim.reached();
        long bound = claim.bound();
        boolean answered = false;
        try {
            TurnWriter writer = open(turn, claim);
            StepOutcome outcome;
            try (writer) {
                outcome =
                        goesOn(begin(writer, turn, step))
                                ? write(writer, turn, claim.fence(), deadline)
                                : new StepOutcome.Ended();
            } finally {
                reached = writer.reached();
                bound = writer.bound();
            }
            answered = outcome instanceof StepOutcome.Answered;
            return outcome;
        } finally {
            if (!answered) {
                abandon(id, claim.fence(), reached, bound);
            }
        }
    }

    /** Claims the turn's stream; one that Redis forgot is made again first. */
    private TurnWriter open(Turn turn, Claim claim) {
        Reservation reservation = new Reserved(turn.id(), claim);
        for (int attempt = 0; attempt < RESTORATIONS; attempt++) {
            var _ = delivery.stream().verify(turn.id(), claim.reached());
            TurnWriter writer =
                    TurnWriter.open(
                            delivery,
                            scheduler,
                            CoalesceSettings.DEFAULT,
                            turn.id(),
                            claim.fence(),
                            holders.get(),
                            reservation);
            if (!(writer.opened() instanceof Opened.Missing)) {
                if (claim.fence().attempt() > 1) {
                    // Who came while Redis was away is in the record only.
                    restorer.adopt(turn.id());
                }
                return writer;
            }
            writer.close();
            restorer.restore(turn, claim);
        }
        throw new StreamForgottenException();
    }

    /** Notes how far an attempt came; without the note, its reservation counts. */
    private void abandon(TurnId turn, Fence fence, long reached, long bound) {
        try {
            steps.abandon(turn, fence, reached, bound);
        } catch (RuntimeException e) {
            LOG.warn("It could not be noted how far {} came", turn, e);
        }
    }

    /** Sequences that this attempt may use, as the record has them. */
    private final class Reserved implements Reservation {
        private final TurnId turn;
        private final Claim claim;
        private long limit;

        Reserved(TurnId turn, Claim claim) {
            this.turn = turn;
            this.claim = claim;
            this.limit = claim.limit();
        }

        @Override
        public long limit() {
            return limit;
        }

        @Override
        public long extend(long atLeast) {
            limit = steps.extend(turn, claim.fence(), atLeast);
            return limit;
        }
    }

    /** Writes where the step begins, or takes back what an earlier attempt wrote of it. */
    private static TurnWriter.State begin(TurnWriter writer, Turn turn, int step) {
        if (!(writer.opened() instanceof Opened.Claimed(long next, int begunStep))) {
            return writer.flush();
        }
        Chunk first = begunStep == step ? new Chunk.ResetStep() : new Chunk.StartStep();
        TurnWriter.State state =
                next == 0
                        ? writer.write(
                                new Chunk.Start(
                                        turn.answerId().value(), AnswerMetadata.atStart(turn)),
                                first)
                        : writer.write(first);
        return state instanceof TurnWriter.State.Writing ? writer.flush() : state;
    }

    private StepOutcome write(TurnWriter writer, Turn turn, Fence fence, Instant deadline) {
        StepScribe scribe = new StepScribe(turn.answerId(), fence.step());
        try (Model.Answer answer = model.ask(request(turn))) {
            while (true) {
                if (clock.instant().isAfter(deadline)) {
                    return new StepOutcome.Failed(FailureWords.TIMEOUT);
                }
                List<Chunk> chunks;
                switch (answer.next(PATIENCE)) {
                    case ModelEvent.Refused(var refusal) -> {
                        return new StepOutcome.Failed(refusal.code());
                    }
                    case ModelEvent.ToolUse(int block, String tool) -> {
                        LOG.warn("The model asked for the tool {}, which nobody offered", tool);
                        return new StepOutcome.Failed(FailureWords.UNKNOWN_TOOL);
                    }
                    case ModelEvent.End() -> {
                        return finish(writer, turn, fence, scribe);
                    }
                    case ModelEvent event -> chunks = scribe.take(event);
                }
                if (!goesOn(writer.write(chunks.toArray(Chunk[]::new)))) {
                    return new StepOutcome.Ended();
                }
            }
        }
    }

    private StepOutcome finish(TurnWriter writer, Turn turn, Fence fence, StepScribe scribe) {
        // What readers have seen is in the stream before the record says that the step is complete.
        if (!goesOn(writer.write(scribe.end().toArray(Chunk[]::new))) || !goesOn(writer.flush())) {
            return new StepOutcome.Ended();
        }
        if (scribe.isRefusal()) {
            return new StepOutcome.Failed(FailureWords.REFUSED);
        }
        StepResult result = scribe.result(assistant.model(), writer.written());
        if (!steps.store(turn.id(), fence, result)) {
            throw new OutdatedAttemptException(fence);
        }
        return new StepOutcome.Answered();
    }

    private static boolean goesOn(TurnWriter.State state) {
        return switch (state) {
            case TurnWriter.State.Writing() -> true;
            case TurnWriter.State.Ended ended -> false;
            // Whoever waits for this attempt, if anyone still does, shall try again.
            case TurnWriter.State.Outdated outdated ->
                    throw new OutdatedAttemptException(outdated.current());
            case TurnWriter.State.Missing() -> throw new StreamForgottenException();
        };
    }

    private ModelRequest request(Turn turn) {
        return switch (sessions.find(turn.session(), turn.user(), clock.instant())) {
            case SessionStore.Access.Granted(Session session) ->
                    ModelRequests.of(
                            session.id(),
                            assistant,
                            sessions.messages(
                                    session,
                                    turn.answerPosition(),
                                    assistant.maxHistoryMessages(),
                                    assistant.maxHistoryCharacters()));
            case SessionStore.Access.Absent absent -> throw noSession(turn);
            case SessionStore.Access.Foreign() -> throw noSession(turn);
        };
    }

    private static IllegalStateException noSession(Turn turn) {
        return new IllegalStateException("The turn " + turn.id() + " has lost its session");
    }
}
