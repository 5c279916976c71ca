package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.chunk.Chunk;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnWriter;
import io.holdfast.turn.Call.Decision;

import java.util.Optional;

/**
 * The calls of turns that outside services work at, for the package that looks after that work: it
 * begins them, shows how far they are, and ends them.
 */
public final class Operations {
    private final TurnStore turns;
    private final CallStore calls;
    private final CallWriters writers;

    Operations(TurnStore turns, CallStore calls, CallWriters writers) {
        this.turns = turns;
        this.calls = calls;
        this.writers = writers;
    }

    /** The id of the work of a call; it is also the name of its execution. */
    public static OperationId id(TurnId turn, CallId call) {
        return new OperationId("op-" + call.key(turn));
    }

    /**
     * A call that an outside service is to work at.
     *
     * @param key the same whenever it is begun again
     * @param wanted false if it was denied, or has ended, or its turn has
     */
    public record Wanted(
            Turn turn,
            String toolCallId,
            String tool,
            ObjectNode input,
            String key,
            boolean wanted) {}

    /** Finds a call. */
    public Optional<Wanted> find(TurnId turnId, CallId id) {
        return turns.find(turnId)
                .flatMap(
                        turn ->
                                calls.find(turnId, id)
                                        .map(
                                                call ->
                                                        new Wanted(
                                                                turn,
                                                                call.toolCallId(),
                                                                call.tool(),
                                                                call.input(),
                                                                call.id().key(turnId),
                                                                isWanted(turn, call))));
    }

    private static boolean isWanted(Turn turn, Call call) {
        Call.Answer answer = call.answer();
        boolean allowed =
                call.approval() == null
                        || (answer != null && answer.decision() == Decision.APPROVED);
        return allowed && call.ended() == null && !turn.status().isFinal();
    }

    /** Counts that the work is begun: a cancel that comes later says so. */
    public void begin(TurnId turn, CallId id) {
        var _ = calls.begin(turn, id);
    }

    /** Shows how far the work is; nothing if it has ended, or its turn has. */
    public void show(TurnId turnId, CallId id, JsonNode progress) {
        Turn turn = turns.find(turnId).orElseThrow();
        Call call = calls.find(turnId, id).orElseThrow();
        if (turn.status().isFinal() || call.ended() != null) {
            return;
        }
        try (TurnWriter writer = writers.open(turn, id)) {
            var _ =
                    writer.write(
                            new Chunk.ToolOutputAvailable(
                                    call.toolCallId(),
                                    Shown.output(progress, turnId, call.toolCallId()),
                                    true));
        }
    }

    /** Stores what came of the work, once; whoever runs the call next shows it. */
    public void succeed(TurnId turn, CallId id, JsonNode result) {
        end(turn, id, CallRunner.bounded(result));
    }

    /** Stores that the work failed, once, in words for the model and the user. */
    public void fail(TurnId turn, CallId id, String message) {
        end(turn, id, new CallResult.Failure(message));
    }

    private void end(TurnId turn, CallId id, CallResult result) {
        if (!calls.endOutside(turn, id, result)
                && calls.find(turn, id).filter(call -> call.ended() == null).isPresent()) {
            throw new IllegalStateException("Another write crossed the end of " + id);
        }
    }
}
