package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.platform.Json;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Fence;
import io.holdfast.stream.TurnStream;
import io.holdfast.stream.TurnWriter;
import io.holdfast.tool.Tool;
import io.holdfast.tool.ToolCall;
import io.holdfast.tool.ToolResult;
import io.holdfast.tool.Toolbox;
import io.holdfast.turn.Call.Decision;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Runs one call of a tool, and brings what it came to into the record and into the turn's stream.
 *
 * <p>Calls of a step run side by side, each under the step's fence. The record has the result
 * first, once; then the stream; then the record knows where in the stream it stands. Whoever dies
 * in between, the next attempt goes on from there: a result may be shown twice, never not.
 */
final class CallRunner {
    private static final Logger LOG = LoggerFactory.getLogger(CallRunner.class);
    private static final String STARTED = "operation_started";

    /**
     * A result that is larger helps no model. It is stored in one transaction, which holds 4 MB
     * (DynamoDB, "Amazon DynamoDB Transactions").
     */
    static final int MAX_RESULT_BYTES = 3_000_000;

    /** How often a result that Redis forgets again and again is said again. */
    private static final int REPETITIONS = 3;

    private final TurnStore turns;
    private final CallStore calls;
    private final TurnStream stream;
    private final CallWriters writers;
    private final Pauser pauser;
    private final StepRequests requests;
    private final Toolbox toolbox;
    private final InstantSource clock;

    CallRunner(
            TurnParts parts,
            CallWriters writers,
            Pauser pauser,
            StepRequests requests,
            Toolbox toolbox) {
        this.turns = parts.turns();
        this.calls = parts.calls();
        this.stream = parts.delivery().stream();
        this.clock = parts.clock();
        this.writers = writers;
        this.pauser = pauser;
        this.requests = requests;
        this.toolbox = toolbox;
    }

    /**
     * Runs a call, or finishes what an earlier attempt has begun.
     *
     * @param within how long it may take
     * @throws RuntimeException for what may pass: the call can be run again, and carries the same
     *     idempotency key then
     */
    void run(TurnId id, CallId callId, Duration within) {
        Instant deadline = clock.instant().plus(within);
        end(
                id,
                callId,
                (turn, call, writer) -> {
                    Call.Answer answer = call.answer();
                    if (call.isUnanswered()) {
                        throw new IllegalStateException("nobody has answered for " + callId);
                    }
                    if (answer != null && answer.decision() != Decision.APPROVED) {
                        return Optional.of(new CallResult.Denied(reason(answer)));
                    }
                    return perform(turn, call, writer, deadline);
                });
    }

    /** Ends a call that failed again and again with words that say so. */
    void giveUp(TurnId id, CallId callId, String error) {
        LOG.warn("The call {} of {} is given up: {}", callId, id, error);
        end(
                id,
                callId,
                (turn, call, writer) ->
                        Optional.of(
                                new CallResult.Failure(
                                        "The tool could not be run to its end. It is not known"
                                                + " whether it did its work.")));
    }

    /** What a call comes to; empty if the turn has ended meanwhile. */
    private interface Work {
        Optional<CallResult> of(Turn turn, Call begun, TurnWriter writer);
    }

    private void end(TurnId id, CallId callId, Work work) {
        Turn turn = turns.find(id).orElseThrow();
        Call call = calls.find(id, callId).orElseThrow();
        if (!turn.status().isFinal() && !call.settled()) {
            Optional<Call.Placed> shown = attempt(turn, call, call.said(), work);
            // Redis may forget it, and the stream be made again, before the record knows of it.
            for (int again = 0; again < REPETITIONS && isLost(turn, shown); again++) {
                Optional<Call.Placed> lost = shown;
                Call now = calls.find(id, callId).orElseThrow();
                List<Call.Placed> said =
                        now.said().stream()
                                .filter(placed -> !placed.equals(lost.orElse(null)))
                                .toList();
                shown = attempt(turn, now, said, work);
            }
        }
        pauser.pauseIfIdle(id, callId.step());
    }

    /**
     * Runs a call.
     *
     * @param before what earlier attempts have said of it
     */
    private Optional<Call.Placed> attempt(
            Turn turn, Call call, List<Call.Placed> before, Work work) {
        try (TurnWriter writer = writers.open(turn, call.id())) {
            return end(turn, call, before, writer, work);
        }
    }

    private boolean isLost(Turn turn, Optional<Call.Placed> shown) {
        return shown.filter(
                        placed ->
                                stream.read(turn.id(), placed.sequence()).stream()
                                        .limit(1)
                                        .noneMatch(at -> at.chunk().equals(placed.chunk())))
                .isPresent();
    }

    /** Returns the result where it is shown; empty if the turn has ended meanwhile. */
    private Optional<Call.Placed> end(
            Turn turn, Call found, List<Call.Placed> before, TurnWriter writer, Work work) {
        // What an earlier attempt has said stands where it stood, also in a stream that is made
        // again: to say it once more would take back the progress that readers have seen since.
        List<Call.Placed> said = new ArrayList<>(before);
        Call.Answer answer = found.answer();
        if (found.approval() != null && answer != null && said.isEmpty()) {
            Optional<Call.Placed> placed =
                    say(
                            writer,
                            new Chunk.ToolApprovalResponse(
                                    found.approval().id(),
                                    answer.decision() == Decision.APPROVED,
                                    answer.decision() == Decision.EXPIRED
                                            ? reason(answer)
                                            : answer.reason()));
            if (placed.isEmpty()) {
                return placed;
            }
            said.add(placed.get());
            calls.note(turn.id(), found.id(), said, false);
        }
        CallResult result;
        Optional<Call> begun = calls.begin(turn.id(), found.id());
        if (begun.isPresent()) {
            Optional<CallResult> came = work.of(turn, begun.get(), writer);
            if (came.isEmpty()) {
                return Optional.empty();
            }
            if (!calls.end(turn.id(), found.id(), begun.get().attempts(), came.get())) {
                showAgain(calls, turn, found.id(), writer);
                throw new OutdatedAttemptException(
                        new Fence(found.id().step(), begun.get().attempts()));
            }
            result = came.get();
        } else {
            // An earlier attempt got as far as the record.
            result = calls.result(turn.id(), calls.find(turn.id(), found.id()).orElseThrow());
        }
        Optional<Call.Placed> placed = say(writer, chunk(turn, found, result));
        if (placed.isPresent()) {
            said.add(placed.get());
            calls.note(turn.id(), found.id(), said, true);
        }
        return placed;
    }

    /**
     * Shows what somebody else has brought of a call once more, if it has ended: progress that is
     * shown here may stand behind it.
     */
    static void showAgain(CallStore calls, Turn turn, CallId id, TurnWriter writer) {
        Call now = calls.find(turn.id(), id).orElseThrow();
        if (now.ended() == null) {
            return;
        }
        say(writer, chunk(turn, now, calls.result(turn.id(), now)))
                .ifPresent(
                        placed -> {
                            List<Call.Placed> said = new ArrayList<>(now.said());
                            said.add(placed);
                            calls.note(turn.id(), id, said, true);
                        });
    }

    private Optional<CallResult> perform(
            Turn turn, Call call, TurnWriter writer, Instant deadline) {
        if (call.operation() != null) {
            return Optional.of(
                    switch (call.operation().mode()) {
                        // What came of it would be in the record, and would have been found there.
                        case AWAIT ->
                                new CallResult.Failure(
                                        "Nobody knows what came of the work. It was not done in"
                                                + " time, or could not be begun.");
                        case DETACH -> new CallResult.Success(started(turn, call));
                    });
        }
        Optional<Tool> tool = toolbox.find(requests.assistant(turn), call.tool());
        if (tool.isEmpty()) {
            return Optional.of(
                    new CallResult.Failure("The tool is not available any more, or not now."));
        }
        Instant toolDeadline = clock.instant().plus(tool.get().spec().timeout());
        ToolCall toolCall =
                new ToolCall(
                        call.toolCallId(),
                        call.id().key(turn.id()),
                        turn.id(),
                        turn.session(),
                        turn.user(),
                        call.input(),
                        toolDeadline.isBefore(deadline) ? toolDeadline : deadline);
        LOG.info("The tool {} runs, attempt {}", call.tool(), call.attempts());
        CallProgress progress = new CallProgress(writer, turn.id(), call.toolCallId(), clock);
        return new CallThread(stream, turn.id(), clock)
                .run(tool.get(), toolCall, progress)
                .map(CallRunner::result);
    }

    /** What the model hears of work that goes on by itself. */
    private static ObjectNode started(Turn turn, Call call) {
        return Json.object()
                .put("type", STARTED)
                .put("operation_id", Operations.id(turn.id(), call.id()).value())
                .put(
                        "message",
                        "The work has begun and goes on by itself. Its result will come into this"
                                + " conversation when it is done. Do not wait for it, and do not"
                                + " begin it again.");
    }

    private static CallResult result(ToolResult result) {
        return switch (result) {
            case ToolResult.Failure(String message) -> new CallResult.Failure(message);
            case ToolResult.Success(JsonNode output) -> bounded(output);
        };
    }

    /** A result, unless it is larger than the record takes. */
    static CallResult bounded(JsonNode output) {
        int bytes = Json.write(output).getBytes(StandardCharsets.UTF_8).length;
        return bytes > MAX_RESULT_BYTES
                ? new CallResult.Failure(
                        "The result is too large: %,d bytes; at most %,d are kept."
                                .formatted(bytes, MAX_RESULT_BYTES))
                : new CallResult.Success(output);
    }

    /** What readers see of what a call came to. */
    static Chunk chunk(Turn turn, Call call, CallResult result) {
        String id = call.toolCallId();
        return switch (result) {
            case CallResult.Success(JsonNode output) ->
                    new Chunk.ToolOutputAvailable(
                            id, Shown.output(pending(output), turn.id(), id), false);
            case CallResult.Failure(String message) ->
                    new Chunk.ToolOutputError(id, Shown.words(message));
            case CallResult.Denied denied -> new Chunk.ToolOutputDenied(id);
        };
    }

    /** Readers see work that has begun as pending, until its result takes this place. */
    private static JsonNode pending(JsonNode output) {
        return output.path("type").asText().equals(STARTED) && output.has("operation_id")
                ? ((ObjectNode) output).deepCopy().put("type", "operation_pending")
                : output;
    }

    private static String reason(Call.Answer answer) {
        if (answer.decision() == Decision.EXPIRED) {
            return "Nobody answered in time.";
        }
        return answer.reason() == null ? "" : answer.reason();
    }

    /** Writes a chunk that lasts, and where it stands; empty if the turn has ended. */
    private static Optional<Call.Placed> say(TurnWriter writer, Chunk chunk) {
        if (!Writers.goesOn(writer.write(chunk)) || !Writers.goesOn(writer.flush())) {
            return Optional.empty();
        }
        return Optional.of(new Call.Placed(writer.reached() - 1, ChunkJson.write(chunk)));
    }
}
