package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.OperationConfig;
import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.MessageFold;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.TurnId;
import io.holdfast.session.MessageStore;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnWriter;

import software.amazon.awssdk.services.dynamodb.model.TransactWriteItem;

import java.util.List;
import java.util.Optional;

/**
 * The calls of turns that outside services work at, for the package that looks after that work: it
 * begins them, shows how far they are, and ends them.
 */
public final class Operations {
    private final TurnStore turns;
    private final CallStore calls;
    private final MessageStore messages;
    private final CallWriters writers;
    private final CallResults results;

    Operations(TurnStore turns, CallStore calls, MessageStore messages, CallWriters writers) {
        this.turns = turns;
        this.calls = calls;
        this.messages = messages;
        this.writers = writers;
        this.results = new CallResults(calls);
    }

    /** The id of the work of a call; it is also the name of its execution. */
    public static OperationId id(TurnId turn, CallId call) {
        return new OperationId("op-" + call.key(turn));
    }

    /**
     * A call that an outside service is to work at.
     *
     * @param key the same whenever it is begun again
     * @param detached whether the turn does not wait for it
     * @param wanted false if it was denied, or has ended, or nobody waits for it any more
     */
    public record Wanted(
            Turn turn,
            String toolCallId,
            String tool,
            ObjectNode input,
            String key,
            boolean detached,
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
                                                                detaches(call),
                                                                isWanted(turn, call))));
    }

    private boolean isWanted(Turn turn, Call call) {
        return call.isAllowed() && isAwaited(turn, detaches(call)) && !call.hasEndedOutside();
    }

    /** Whether a call's turn does not wait for its work. */
    static boolean detaches(Call call) {
        return call.operation() != null && call.operation().mode() == OperationConfig.Mode.DETACH;
    }

    /**
     * Whether anybody wants to know what comes of work that a turn has begun.
     *
     * @param detached whether the turn does not wait for it: then its end is not the work's
     */
    public static boolean isAwaited(Turn turn, boolean detached) {
        return detached ? turn.status() != TurnStatus.CANCELLED : !turn.status().isFinal();
    }

    /** Counts that the work is begun: a cancel that comes later says so. */
    public void begin(TurnId turn, CallId id) {
        var _ = calls.begin(turn, id);
    }

    /** Shows how far the work is; nothing if it has ended, or its turn has. */
    public void show(TurnId turnId, CallId id, JsonNode progress) {
        Turn turn = turns.find(turnId).orElse(null);
        Call call = calls.find(turnId, id).orElse(null);
        if (turn == null || turn.status().isFinal() || call == null || call.ended() != null) {
            return;
        }
        try (TurnWriter writer = writers.open(turn, id)) {
            var _ =
                    writer.write(
                            new Chunk.ToolOutputAvailable(
                                    call.toolCallId(),
                                    Shown.output(progress, turnId, call.toolCallId()),
                                    true));
            var _ = writer.flush();
            CallRunner.showAgain(calls, turn, id, writer);
        }
    }

    /**
     * Stores what came of the work, once; whoever runs the call next shows it.
     *
     * @param result one that is not {@linkplain #refusal refused}
     * @param with a write of the same transaction
     * @return false if nothing is stored: the call {@linkplain #hasEnded has ended} before, or the
     *     other write is refused, or others crossed them
     */
    public boolean succeed(TurnId turn, CallId id, JsonNode result, TransactWriteItem with) {
        return calls.endOutside(turn, id, new CallResult.Success(result), with);
    }

    /**
     * Stores that the work failed, once, in words for the model and the user.
     *
     * @param with as for {@link #succeed}
     * @return as for {@link #succeed}
     */
    public boolean fail(TurnId turn, CallId id, String message, TransactWriteItem with) {
        return calls.endOutside(turn, id, new CallResult.Failure(message), with);
    }

    /** Why a result cannot be stored, in words; empty if it can. */
    public static Optional<String> refusal(JsonNode result) {
        return CallRunner.bounded(result) instanceof CallResult.Failure(String message)
                ? Optional.of(message)
                : Optional.empty();
    }

    /** Whether it is stored what came of the work, or the call was given up without it. */
    public boolean hasEnded(TurnId turn, CallId id) {
        return calls.hasEndedOutside(turn, id);
    }

    /** What came of the work, in JSON that may be shown; empty if that is nothing yet. */
    public Optional<JsonNode> result(TurnId turn, CallId id) {
        return results.of(turn, id);
    }

    /** What became of showing a result in a conversation. */
    public enum Placed {
        /** It is in the stored answer now. */
        NOW,
        /** It was there already. */
        BEFORE,
        /** The answer that it belongs to is still being written. */
        TOO_EARLY,
        /** The answer is not there: it was cancelled, or cut away. */
        GONE
    }

    /** Puts what came of a call in the place of {@code operation_pending} in the stored answer. */
    public Placed place(TurnId turnId, CallId id) {
        Turn turn = turns.find(turnId).orElse(null);
        Call call = calls.find(turnId, id).orElse(null);
        if (turn == null || call == null || turn.status() == TurnStatus.CANCELLED) {
            return Placed.GONE;
        }
        if (!turn.status().isFinal()) {
            return Placed.TOO_EARLY;
        }
        return switch (messages.change(
                turn.session(), turn.answerPosition(), answer -> replaced(turn, answer, call))) {
            case CHANGED -> Placed.NOW;
            case AS_BEFORE -> Placed.BEFORE;
            case ABSENT -> Placed.GONE;
        };
    }

    private UiMessage replaced(Turn turn, UiMessage answer, Call call) {
        Chunk chunk = CallRunner.chunk(turn, call, calls.result(turn.id(), call));
        List<MessagePart> parts =
                answer.parts().stream()
                        .map(
                                part ->
                                        part instanceof MessagePart.Tool tool
                                                        && tool.toolCallId()
                                                                .equals(call.toolCallId())
                                                ? with(tool, chunk)
                                                : part)
                        .toList();
        return new UiMessage(answer.id(), answer.role(), parts, answer.metadata());
    }

    private static MessagePart with(MessagePart.Tool tool, Chunk chunk) {
        MessageFold fold = new MessageFold(new MessageId("part"));
        PartChunks.of(List.of(tool)).forEach(fold::accept);
        fold.accept(chunk);
        return fold.message().parts().getFirst();
    }
}
