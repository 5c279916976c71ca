package io.holdfast.turn;

import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.Choice;
import io.holdfast.assistant.OnBusy;
import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.assistant.Wish;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.session.MessageStore;
import io.holdfast.session.Preferences;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.session.SessionTurns;
import io.holdfast.stream.Fence;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
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

    /**
     * How long a message that interrupts brings the end to the readers of the answer before; the
     * sweeper reaches the others.
     */
    private static final Duration INTERRUPTION = Duration.ofSeconds(5);

    /** How often a change of the session that crossed ours is tried again. */
    private static final int CROSSINGS = 8;

    private final SessionStore sessions;
    private final TurnPlans plans;
    private final TurnStore turns;
    private final TurnStream stream;
    private final Catalog catalog;
    private final TurnMachine machine;
    private final TurnQueue queue;
    private final TurnCanceller canceller;
    private final Supplier<MessageId> answerIds;
    private final InstantSource clock;
    private final Pause pause;
    private final RandomGenerator random;

    /**
     * Everything that a turn's beginning needs.
     *
     * @param catalog the assistants that may answer
     */
    TurnStarter(
            SessionStore sessions,
            MessageStore messages,
            TurnStore turns,
            TurnStream stream,
            Catalog catalog,
            TurnMachine machine,
            TurnQueue queue,
            TurnCanceller canceller,
            Supplier<MessageId> answerIds,
            InstantSource clock,
            Pause pause,
            RandomGenerator random) {
        this.sessions = sessions;
        this.plans = new TurnPlans(messages);
        this.turns = turns;
        this.stream = stream;
        this.catalog = catalog;
        this.machine = machine;
        this.queue = queue;
        this.canceller = canceller;
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
        return begin(caller, sessionId, input, wish, request, TurnOptions.DEFAULT);
    }

    /**
     * Stores a turn, or finds the turn that the same input has already.
     *
     * <p>A message that may wait is put into the session's queue while another is answered; one
     * that interrupts is put before the others there, and then the active turn is cancelled: if we
     * die in between, it is answered all the same. An edit or a regeneration cannot wait, because
     * the answers before it may take away what it speaks of.
     *
     * @param wish which assistant, model and effort are asked for
     * @param request tells one edit or regeneration from the next
     */
    public Begun begin(
            Caller caller,
            SessionId sessionId,
            TurnInput input,
            Wish wish,
            RequestId request,
            TurnOptions options) {
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
            Optional<TurnPlans.Plan> planned = plans.of(session, input, request);
            if (planned.isEmpty()) {
                return new Begun.NothingToAnswer();
            }
            TurnPlans.Plan plan = planned.get();
            Optional<Turn> existing = turns.find(plan.turn());
            if (existing.isPresent()) {
                return attach(existing.get(), plan, session, options);
            }
            Choice.Outcome.Chosen chosen;
            switch (Choice.of(catalog, wish, known(session.preferences()))) {
                case Choice.Outcome.Refused(String reason) -> {
                    return new Begun.Refused(reason);
                }
                case Choice.Outcome.Chosen found -> chosen = found;
            }
            Turn turn = turn(session, caller, plan, chosen, options.background());
            if (session.activeTurn() != null || (session.queued() > 0 && plan.canWait())) {
                OnBusy onBusy =
                        options.onBusy() == null ? chosen.assistant().onBusy() : options.onBusy();
                switch (busy(turn, session, plan, kept(wish), onBusy, start)) {
                    case Busy.Answered(Begun begun) -> {
                        return begun;
                    }
                    case Busy.Again(boolean crossed) -> crossings += crossed ? 1 : 0;
                }
            } else if (turns.begin(
                    turn, session, plan.cutFrom(), plan.stored(), kept(wish), options.listed())) {
                return new Begun.Started(turn);
            } else {
                crossings++;
            }
            if (crossings == CROSSINGS) {
                return new Begun.Busy();
            }
            pause.pause(Duration.ofMillis(random.nextInt(5, 80)));
        }
    }

    /** What becomes of a turn whose session is busy. */
    private sealed interface Busy {
        /** That is known. */
        record Answered(Begun begun) implements Busy {}

        /**
         * It is to be tried again.
         *
         * @param crossed whether others changed the session meanwhile
         */
        record Again(boolean crossed) implements Busy {}
    }

    private Busy busy(
            Turn turn,
            Session session,
            TurnPlans.Plan plan,
            Preferences preferences,
            OnBusy onBusy,
            Instant start) {
        TurnId active = session.activeTurn();
        if (active == null) {
            // Whoever ended the turn before has not begun the next yet, or has died.
            queue.advance(session.id());
            return new Busy.Again(false);
        }
        boolean interrupts = onBusy == OnBusy.INTERRUPT;
        if (onBusy != OnBusy.REJECT && plan.canWait() && plan.stored() != null) {
            if (session.queued() >= TurnQueue.MOST) {
                return new Busy.Answered(new Begun.Busy());
            }
            if (!queue.add(turn.queued(), session, plan.stored(), preferences, interrupts)) {
                return new Busy.Again(true);
            }
            if (interrupts) {
                cancel(active);
            }
            return new Busy.Answered(new Begun.Existing(turns.find(turn.id()).orElseThrow()));
        }
        Duration waited = Duration.between(start, clock.instant());
        if (interrupts && waited.compareTo(ENDING_GRACE) < 0) {
            cancel(active);
            return new Busy.Again(false);
        }
        Duration grace = hasEnded(active) ? ENDING_GRACE : GRACE;
        if (waited.compareTo(grace) < 0) {
            return new Busy.Again(false);
        }
        // Whoever began it may have died before it ran; then it runs now, and ends.
        turns.find(active).ifPresent(this::start);
        return new Busy.Answered(new Begun.Busy());
    }

    private void cancel(TurnId active) {
        turns.find(active)
                .ifPresent(
                        turn -> {
                            var _ = canceller.cancel(turn, INTERRUPTION);
                        });
    }

    /**
     * Has a turn run unless it has ended: its execution is started, or, if it waits, that of the
     * next that does. Again changes nothing.
     */
    public void start(Turn turn) {
        switch (turn.status()) {
            case QUEUED -> queue.advance(turn.session());
            case RUNNING, WAITING -> machine.start(turn);
            case COMPLETED, FAILED, CANCELLED -> {}
        }
    }

    private Begun attach(Turn turn, TurnPlans.Plan plan, Session session, TurnOptions options) {
        if (!turn.inputHash().equals(plan.inputHash())) {
            return new Begun.Conflict();
        }
        if (turn.isQueued()
                && options.onBusy() == OnBusy.INTERRUPT
                && session.activeTurn() != null) {
            // Whoever put it there may have died before the cancel.
            cancel(session.activeTurn());
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

    private Turn turn(
            Session session,
            Caller caller,
            TurnPlans.Plan plan,
            Choice.Outcome.Chosen chosen,
            Turn.Background background) {
        return new Turn(
                plan.turn(),
                session.id(),
                session.owner(),
                caller.roles(),
                TurnStatus.RUNNING,
                answerIds.get(),
                SessionTurns.answerPosition(session, plan.stored()),
                plan.inputHash(),
                new Turn.Choice(chosen.assistant().name(), chosen.model(), chosen.effort()),
                0,
                clock.instant(),
                null,
                null,
                plan.prompt(),
                background,
                Ledger.EMPTY);
    }
}
