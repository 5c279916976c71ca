package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.chunk.UiMessageJson;
import io.holdfast.platform.Json;
import io.holdfast.platform.Redaction;
import io.holdfast.platform.TurnId;
import io.holdfast.session.MessageStore;
import io.holdfast.stream.Fence;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;
import io.holdfast.stream.TurnStream.Opened;

import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Turns and their calls of tools as a reader may see them: in full, without secrets. */
public final class TurnViews {
    private final CallStore calls;
    private final StepStore steps;
    private final MessageStore messages;
    private final TurnStream stream;
    private final InstantSource clock;

    TurnViews(TurnParts parts) {
        this.calls = parts.calls();
        this.steps = parts.steps();
        this.messages = parts.messages();
        this.stream = parts.delivery().stream();
        this.clock = parts.clock();
    }

    /** The sequence of the last chunk that a turn has said; -1 if there is none that is known. */
    public long lastSequence(TurnId turn) {
        return switch (stream.open(turn, Fence.NONE, clock.instant())) {
            case Opened.Claimed(long next, int begunStep) -> next - 1;
            case Opened.Ended(TurnStatus status, long next) -> next - 1;
            case Opened.Outdated outdated -> -1;
            // Redis has forgotten it: whoever resumes it gets all of it.
            case Opened.Missing() -> -1;
        };
    }

    /**
     * A turn: {@link #head}, {@code {streamUrl, lastSequence, steps, usage: {inputTokens,
     * outputTokens}, cost?: {usd}, calls: [{toolCallId, toolName, state, approvalId?}], message?,
     * error?}}; the message once it has ended, if it said anything, and the error, in words, if it
     * failed. Steps are those that are complete; tokens and cost are those of the model's calls in
     * them, and of the one that wrote the session's title after the turn. There is no cost before
     * the first step is complete, and none if the model of a call had no price. The caller checks
     * whose the turn is.
     */
    public ObjectNode turn(Turn turn) {
        List<StepResult> complete = steps.find(turn.id()).complete();
        ObjectNode view =
                head(turn)
                        .put("streamUrl", "/turns/" + turn.id() + "/stream")
                        .put("lastSequence", lastSequence(turn.id()))
                        .put("steps", complete.size());
        Ledger ledger = Ledger.of(complete).plus(turn.title());
        view.set("usage", ledger.usage());
        if (!complete.isEmpty()) {
            ledger.cost().ifPresent(cost -> view.set("cost", cost));
        }
        ArrayNode made = view.putArray("calls");
        calls.all(turn.id()).forEach(call -> made.add(entry(call)));
        if (turn.status().isFinal()) {
            messages.find(turn.session(), turn.answerPosition())
                    .ifPresent(answer -> view.set("message", UiMessageJson.write(answer)));
        }
        if (turn.status() == TurnStatus.FAILED) {
            view.put("error", FailureWords.of(turn.failure() == null ? "" : turn.failure()));
        }
        return view;
    }

    /**
     * A turn in short: {@code {turnId, sessionId, status, assistant, model, createdAt, endedAt?}},
     * the times as ISO 8601.
     */
    public ObjectNode head(Turn turn) {
        ObjectNode head =
                Json.object()
                        .put("turnId", turn.id().value())
                        .put("sessionId", turn.session().value())
                        .put("status", turn.status().wireName())
                        .put("assistant", turn.choice().assistant())
                        .put("model", turn.choice().model())
                        .put("createdAt", turn.createdAt().toString());
        if (turn.endedAt() != null) {
            head.put("endedAt", turn.endedAt().toString());
        }
        return head;
    }

    private static ObjectNode entry(Call call) {
        ObjectNode entry =
                Json.object().put("toolCallId", call.toolCallId()).put("toolName", call.tool());
        if (call.waits() && call.approval() != null) {
            return entry.put("state", "waiting").put("approvalId", call.approval().id());
        }
        return entry.put(
                "state",
                switch (call.ended()) {
                    case SUCCESS -> "done";
                    case FAILURE -> "failed";
                    case DENIED -> "denied";
                    case null -> call.attempts() > 0 ? "running" : "pending";
                });
    }

    /**
     * A call: {@code {toolCallId, toolName, input, output?, errorText?}}, at most some 2 MB; empty
     * if the turn has none of that id. The caller checks whose the turn is.
     */
    public Optional<ObjectNode> call(TurnId turn, String toolCallId) {
        List<Call> made = calls.all(turn);
        return made.stream()
                .filter(call -> call.toolCallId().equals(toolCallId))
                .findFirst()
                .map(call -> view(turn, call));
    }

    private ObjectNode view(TurnId turn, Call call) {
        ObjectNode view =
                Json.object().put("toolCallId", call.toolCallId()).put("toolName", call.tool());
        view.set("input", Redaction.of(call.input()));
        if (call.ended() != null) {
            switch (calls.result(turn, call)) {
                case CallResult.Success(JsonNode output) ->
                        view.set("output", Redaction.of(output));
                case CallResult.Failure(String message) ->
                        view.put("errorText", Redaction.ofText(message));
                case CallResult.Denied(String reason) ->
                        view.put("errorText", "The call was not allowed. " + reason);
            }
        }
        return view;
    }
}
