package io.holdfast.operation;

import io.holdfast.assistant.Wish;
import io.holdfast.operation.Operation.Outcome;
import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.Texts;
import io.holdfast.turn.Begun;
import io.holdfast.turn.Caller;
import io.holdfast.turn.Operations;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnInput;
import io.holdfast.turn.TurnStarter;
import io.holdfast.turn.TurnStore;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Goes on with conversations that did not wait for an operation: its result takes the place of
 * {@code operation_pending} in the stored answer, and a turn of its own follows.
 *
 * <p>Each can be done again: the turn's id follows from the operation's.
 */
final class Continuer {
    private static final Logger LOG = LoggerFactory.getLogger(Continuer.class);

    /** The model has all of it where it was begun. */
    private static final int MAX_RESULT = 4_000;

    private final OperationStore store;
    private final OperationReader reader;
    private final Operations calls;
    private final TurnStore turns;
    private final OperationNews news;
    private final TurnStarter starter;

    Continuer(OperationParts parts, TurnStarter starter) {
        this.store = parts.store();
        this.reader = parts.reader();
        this.calls = parts.calls();
        this.turns = parts.turns().turns();
        this.news = parts.news();
        this.starter = starter;
    }

    /** What came of it. */
    enum Continued {
        /** A turn goes on from the result. */
        CONTINUED,
        /** Another turn runs or waits: later. */
        BUSY,
        /** There is no conversation to go on with. */
        OVER
    }

    Continued goOn(OperationId id) {
        Operation operation = store.find(id).orElse(null);
        if (operation == null || operation.outcome() == null) {
            // It was not even begun: its call says so.
            return Continued.OVER;
        }
        switch (calls.place(operation.turn(), operation.call())) {
            case TOO_EARLY -> {
                return Continued.BUSY;
            }
            case GONE -> {
                LOG.info("The conversation of {} has gone on without it", id);
                return Continued.OVER;
            }
            case NOW -> news.tell(operation);
            case BEFORE -> {}
        }
        if (operation.isCancelledByOwner()) {
            // Who has cancelled it need not be told.
            return Continued.OVER;
        }
        Turn before = turns.find(operation.turn()).orElseThrow();
        Begun begun =
                starter.begin(
                        new Caller(reader.owner(operation), before.roles()),
                        before.session(),
                        new TurnInput.Continuation(id, prompt(operation)),
                        Wish.NONE,
                        // Only an edit or a regeneration is told apart by it.
                        new RequestId("operation"));
        return switch (begun) {
            case Begun.Started(Turn turn) -> started(turn);
            case Begun.Existing(Turn turn) -> started(turn);
            case Begun.Busy() -> Continued.BUSY;
            case Begun.Foreign() -> Continued.OVER;
            case Begun.Conflict() -> Continued.OVER;
            case Begun.Refused refused -> Continued.OVER;
            case Begun.NothingToAnswer() -> Continued.OVER;
        };
    }

    private Continued started(Turn turn) {
        starter.start(turn);
        return Continued.CONTINUED;
    }

    private String prompt(Operation operation) {
        String what = operation.outcome() instanceof Outcome.Completed ? "is done" : "has failed";
        String result =
                calls.result(operation.turn(), operation.call()).map(Json::write).orElse("nothing");
        return "The work of the tool %s (%s) %s. Tell the user, and go on from it. What came of it: %s"
                .formatted(
                        operation.tool(),
                        operation.id(),
                        what,
                        Texts.beginning(result, MAX_RESULT));
    }
}
