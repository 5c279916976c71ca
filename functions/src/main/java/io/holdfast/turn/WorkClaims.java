package io.holdfast.turn;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.OperationConfig;
import io.holdfast.platform.Item;
import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.TurnId;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * Sees to it that the same work is not done twice at a time: the same tool with the same arguments,
 * for one conversation.
 *
 * <p>Items under {@code SESSION#<id>}: {@code WORK#<tool>#<hash of the arguments>}, with the call
 * that has it. It is not given back: a call that has ended has nothing any more.
 */
final class WorkClaims {
    private static final String IN_PROGRESS = "operation_in_progress";

    /** How often a claim that others crossed is tried again. */
    private static final int CROSSINGS = 8;

    private final RecordTable table;
    private final TurnStore turns;
    private final CallStore calls;
    private final SessionStore sessions;
    private final InstantSource clock;

    WorkClaims(TurnParts parts) {
        this.table = parts.table();
        this.turns = parts.turns();
        this.calls = parts.calls();
        this.sessions = parts.sessions();
        this.clock = parts.clock();
    }

    /**
     * Claims the work of a call; one that is done for another already ends with the other's
     * operation.
     *
     * @return whether it is to be begun
     */
    boolean claim(TurnId turnId, CallId id) {
        Turn turn = turns.find(turnId).orElseThrow();
        Call call = calls.find(turnId, id).orElseThrow();
        OperationConfig operation = call.operation();
        if (operation == null
                || call.ended() != null
                || !call.isAllowed()
                || turn.status().isFinal()) {
            return false;
        }
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            String pk = "SESSION#" + turn.session();
            String sk = "WORK#" + call.tool() + "#" + InputHash.of(call.input());
            Optional<Holder> holder = table.get(pk, sk).map(Holder::of);
            if (holder.filter(other -> other.is(turnId, id)).isPresent()) {
                return true;
            }
            if (holder.filter(other -> works(other, turn)).isPresent()) {
                end(turnId, call, holder.get());
                return false;
            }
            if (take(pk, sk, holder, turnId, id, operation.timeout())) {
                return true;
            }
        }
        throw new IllegalStateException("Others crossed the claim of " + id);
    }

    private boolean take(
            String pk,
            String sk,
            Optional<Holder> before,
            TurnId turn,
            CallId call,
            Duration life) {
        Item values =
                Item.empty()
                        .text("turn", turn.value())
                        .number("step", call.step())
                        .number("index", call.index())
                        .expiresAt(clock.instant().plus(life));
        String condition = "attribute_not_exists(pk)";
        if (before.isPresent()) {
            condition = "turn = :knownTurn AND #step = :knownStep AND #index = :knownIndex";
            values.text("knownTurn", before.get().turn().value())
                    .number("knownStep", before.get().call().step())
                    .number("knownIndex", before.get().call().index());
        }
        return table.update(
                        pk,
                        sk,
                        new Change(
                                "SET turn = :turn, #step = :step, #index = :index, expiresAt ="
                                        + " :expiresAt",
                                condition,
                                List.of("step", "index"),
                                values))
                .isPresent();
    }

    /** Whether the work of a call may still be done for it, and its result come to this session. */
    private boolean works(Holder holder, Turn claiming) {
        Call call = calls.find(holder.turn(), holder.call()).orElse(null);
        return call != null
                && !call.hasEndedOutside()
                && turns.find(holder.turn())
                        .filter(turn -> Operations.isAwaited(turn, Operations.detaches(call)))
                        .filter(turn -> !isCutAway(turn, claiming))
                        .isPresent();
    }

    /** An answer that was regenerated or edited away has no place for a result any more. */
    private boolean isCutAway(Turn turn, Turn claiming) {
        return sessions.find(claiming.session(), claiming.user(), clock.instant())
                        instanceof SessionStore.Access.Granted(Session session)
                && session.cuts().contain(turn.answerPosition());
    }

    private void end(TurnId turn, Call call, Holder other) {
        OperationId first = Operations.id(other.turn(), other.call());
        ObjectNode result =
                Json.object()
                        .put("type", IN_PROGRESS)
                        .put("operation_id", first.value())
                        .put(
                                "message",
                                "The same work is being done already. Its result will come to the"
                                        + " call that began it. Do not begin it again.");
        calls.begin(turn, call.id())
                .ifPresent(
                        begun -> {
                            // If another attempt has ended it meanwhile, it said the same.
                            var _ =
                                    calls.end(
                                            turn,
                                            call.id(),
                                            begun.attempts(),
                                            new CallResult.Success(result));
                        });
    }

    /** The call that has the work. */
    private record Holder(TurnId turn, CallId call) {
        static Holder of(Item item) {
            return new Holder(
                    new TurnId(item.text("turn")),
                    new CallId(
                            Math.toIntExact(item.number("step")),
                            Math.toIntExact(item.number("index"))));
        }

        boolean is(TurnId otherTurn, CallId otherCall) {
            return turn.equals(otherTurn) && call.equals(otherCall);
        }
    }
}
