package io.holdfast.turn;

import io.holdfast.assistant.Assistant;
import io.holdfast.assistant.OperationConfig;
import io.holdfast.chunk.Chunk;
import io.holdfast.model.Model;
import io.holdfast.model.ModelEvent;
import io.holdfast.model.ModelRequest;
import io.holdfast.platform.TurnId;
import io.holdfast.session.SessionEvent;
import io.holdfast.session.SessionEvents;
import io.holdfast.stream.Fence;
import io.holdfast.stream.Reservation;
import io.holdfast.stream.TurnStream.Opened;
import io.holdfast.stream.TurnWriter;
import io.holdfast.tool.Toolbox;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;

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

    private final TurnStore turns;
    private final StepStore steps;
    private final StreamRestorer restorer;
    private final Writers writers;
    private final Model model;
    private final StepRequests requests;
    private final Toolbox toolbox;
    private final SessionEvents events;
    private final InstantSource clock;

    StepRunner(
            TurnParts parts, Writers writers, Model model, StepRequests requests, Toolbox toolbox) {
        this.turns = parts.turns();
        this.steps = parts.steps();
        this.restorer = parts.restorer();
        this.events = parts.events();
        this.clock = parts.clock();
        this.writers = writers;
        this.model = model;
        this.requests = requests;
        this.toolbox = toolbox;
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
        // Beside the work, which does not wait for it; only the end does: a function that has
        // ended tells nobody.
        try (ExecutorService beside = Executors.newVirtualThreadPerTaskExecutor()) {
            if (step == 1) {
                beside.execute(() -> tellOfBegin(turn));
            }
            return attempt(turn, step, deadline);
        }
    }

    private void tellOfBegin(Turn turn) {
        try {
            events.tell(turn.session(), turn.user(), new SessionEvent.TurnStarted(turn.id()));
        } catch (RuntimeException e) {
            LOG.error("Nobody could be told that {} has begun", turn.id(), e);
        }
    }

    private StepOutcome attempt(Turn turn, int step, Instant deadline) {
        TurnId id = turn.id();
        Optional<Claim> claimed = steps.claim(id, step);
        if (claimed.isEmpty()) {
            // An earlier attempt got as far as the record, and died before it could say so.
            return outcome(steps.result(id, step).calls().stream().map(StepRunner::pending));
        }
        Claim claim = claimed.get();
        long reached = claim.reached();
        long bound = claim.bound();
        boolean complete = false;
        try {
            TurnWriter writer =
                    writers.open(
                            turn,
                            claim.fence(),
                            claim.reached(),
                            new Reserved(id, claim),
                            () -> restorer.restore(turn, claim));
            StepOutcome outcome;
            try (writer) {
                outcome =
                        Writers.goesOn(begin(writer, turn, step))
                                ? write(writer, turn, claim.fence(), deadline)
                                : new StepOutcome.Ended();
            } finally {
                reached = writer.reached();
                bound = writer.bound();
            }
            complete =
                    outcome instanceof StepOutcome.Answered
                            || outcome instanceof StepOutcome.Calling;
            return outcome;
        } finally {
            if (!complete) {
                abandon(id, claim.fence(), reached, bound);
            }
        }
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
        Assistant assistant = requests.assistant(turn);
        StepScribe scribe =
                new StepScribe(
                        turn.id(),
                        fence.step(),
                        new CallGate(toolbox, assistant, turn.roles(), turn.id(), fence));
        Attempt attempt = new Attempt(writer, turn, fence, deadline, scribe);
        if (fence.step() > assistant.maxSteps()) {
            return attempt.sayThatItStops(assistant.maxSteps());
        }
        List<StepResult> complete = steps.find(turn.id()).complete();
        ModelRequest request = requests.of(turn, assistant, complete, turn.choice().model());
        String finalModel = assistant.finalModel();
        if (finalModel == null || complete.isEmpty()) {
            return attempt.say(request);
        }
        return attempt.sayLast(request, request.to(finalModel));
    }

    /** One attempt at a step, under way. */
    private final class Attempt {
        private final TurnWriter writer;
        private final Turn turn;
        private final Fence fence;
        private final Instant deadline;
        private final StepScribe scribe;
        private Ledger ledger = Ledger.EMPTY;

        Attempt(TurnWriter writer, Turn turn, Fence fence, Instant deadline, StepScribe scribe) {
            this.writer = writer;
            this.turn = turn;
            this.fence = fence;
            this.deadline = deadline;
            this.scribe = scribe;
        }

        /** Writes what a model says as it says it. */
        StepOutcome say(ModelRequest request) {
            try (Model.Answer answer = model.ask(request)) {
                while (true) {
                    if (clock.instant().isAfter(deadline)) {
                        return new StepOutcome.Failed(FailureWords.TIMEOUT);
                    }
                    switch (answer.next(PATIENCE)) {
                        case ModelEvent.Refused(var refusal) -> {
                            return new StepOutcome.Failed(refusal.code());
                        }
                        case ModelEvent.End() -> {
                            return finish(request.modelId());
                        }
                        case ModelEvent.Usage usage -> count(request, usage);
                        case ModelEvent event -> {
                            if (!write(scribe.take(event))) {
                                return new StepOutcome.Ended();
                            }
                        }
                    }
                }
            }
        }

        /**
         * Lets one model find out whether more tools are needed, and another write the answer if
         * not: what the first would have answered is not shown.
         */
        StepOutcome sayLast(ModelRequest tools, ModelRequest last) {
            List<ModelEvent> events = new ArrayList<>();
            boolean asks = false;
            try (Model.Answer answer = model.ask(tools)) {
                while (!(!events.isEmpty() && events.getLast() instanceof ModelEvent.End)) {
                    if (clock.instant().isAfter(deadline)) {
                        return new StepOutcome.Failed(FailureWords.TIMEOUT);
                    }
                    ModelEvent event = answer.next(PATIENCE);
                    if (event instanceof ModelEvent.Refused(var refusal)) {
                        return new StepOutcome.Failed(refusal.code());
                    }
                    if (event instanceof ModelEvent.Usage usage) {
                        // If its words are dropped, its cost is not.
                        count(tools, usage);
                    }
                    asks |= event instanceof ModelEvent.ToolUse;
                    events.add(event);
                }
            }
            if (!asks) {
                return say(last);
            }
            for (ModelEvent event : events) {
                if (!write(scribe.take(event))) {
                    return new StepOutcome.Ended();
                }
            }
            return finish(tools.modelId());
        }

        /** Ends a turn whose model wants ever more steps. */
        StepOutcome sayThatItStops(int maxSteps) {
            LOG.info("The turn stops after {} steps", maxSteps);
            String words =
                    "I stopped here: this took "
                            + maxSteps
                            + " steps, and that is the limit. Tell me to go on if you want me to.";
            return write(scribe.take(new ModelEvent.Text(0, words)))
                    ? finish(turn.choice().model())
                    : new StepOutcome.Ended();
        }

        private void count(ModelRequest request, ModelEvent.Usage usage) {
            ledger = ledger.plus(requests.ledger(request.modelId(), usage));
        }

        private boolean write(List<Chunk> chunks) {
            return Writers.goesOn(writer.write(chunks.toArray(Chunk[]::new)));
        }

        private StepOutcome finish(String modelId) {
            // What readers have seen is in the stream before the record says that it is complete.
            if (!write(scribe.end()) || !Writers.goesOn(writer.flush())) {
                return new StepOutcome.Ended();
            }
            if (scribe.isRefusal()) {
                return new StepOutcome.Failed(FailureWords.REFUSED);
            }
            StepResult result = scribe.result(modelId, ledger, writer.written());
            if (!steps.store(turn.id(), fence, result, scribe.calls())) {
                throw new OutdatedAttemptException(fence);
            }
            return outcome(scribe.calls().stream().map(StepRunner::pending));
        }
    }

    private static StepOutcome outcome(Stream<Optional<StepOutcome.Pending>> all) {
        List<Optional<StepOutcome.Pending>> calls = all.toList();
        return calls.isEmpty()
                ? new StepOutcome.Answered()
                : new StepOutcome.Calling(calls.stream().flatMap(Optional::stream).toList());
    }

    private static Optional<StepOutcome.Pending> pending(NewCall call) {
        return switch (call.gate()) {
            case NewCall.Gate.Open() -> pending(call.id(), null, call.operation());
            case NewCall.Gate.Ask(Call.Approval approval, var reason) ->
                    pending(call.id(), approval, call.operation());
            case NewCall.Gate.Refused refused -> Optional.empty();
        };
    }

    private static Optional<StepOutcome.Pending> pending(Call call) {
        return call.settled()
                ? Optional.empty()
                : pending(call.id(), call.approval(), call.operation());
    }

    private static Optional<StepOutcome.Pending> pending(
            CallId id, Call.@Nullable Approval approval, @Nullable OperationConfig operation) {
        long expires = approval == null ? 0 : approval.expires().toSeconds();
        return Optional.of(new StepOutcome.Pending(id.index(), expires, operation));
    }
}
