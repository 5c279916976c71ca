package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.FinishReason;
import io.holdfast.model.ModelEvent;
import io.holdfast.platform.Json;
import io.holdfast.platform.RedactingJson;
import io.holdfast.platform.Texts;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnWriter;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns the events of a model into chunks, and remembers what the step asked for. */
final class StepScribe {
    /** Of an input that is no JSON, readers see the beginning. */
    private static final int MALFORMED_CHARACTERS = 2_000;

    /**
     * Those beyond what is run are refused; still more are not heard, because one transaction
     * stores them all: a hundred writes at most (DynamoDB, "TransactWriteItems").
     */
    private static final int MAX_SHOWN_CALLS = 2 * CallGate.MAX_CALLS;

    private final int step;
    private final TurnId turn;
    private final CallGate gate;
    private final Map<Integer, Open> open = new LinkedHashMap<>();
    private final List<NewCall> calls = new ArrayList<>();
    private int asked;
    private boolean hasText;
    private FinishReason finishReason = FinishReason.OTHER;

    /** A part that has begun and not ended. */
    private sealed interface Open {
        record Text(String id) implements Open {}

        record Reasoning(String id, @Nullable String signature) implements Open {}

        /** With everything of the input so far, and what may be shown of it. */
        record ToolUse(
                String id,
                String tool,
                StringBuilder input,
                StringBuilder shown,
                RedactingJson seen)
                implements Open {}
    }

    StepScribe(TurnId turn, int step, CallGate gate) {
        this.turn = turn;
        this.step = step;
        this.gate = gate;
    }

    /** The chunks that an event means. */
    List<Chunk> take(ModelEvent event) {
        return switch (event) {
            case ModelEvent.Text(int block, String delta) -> text(block, delta);
            case ModelEvent.Reasoning(int block, String delta) -> reasoning(block, delta);
            case ModelEvent.ReasoningSignature(int block, String signature) -> {
                List<Chunk> begun = beginReasoning(block);
                open.computeIfPresent(
                        block, (index, part) -> new Open.Reasoning(id(block), signature));
                yield begun;
            }
            case ModelEvent.ToolUse(int block, String id, String tool) -> {
                if (asked++ >= MAX_SHOWN_CALLS) {
                    yield List.of();
                }
                open.put(
                        block,
                        new Open.ToolUse(
                                id,
                                tool,
                                new StringBuilder(),
                                new StringBuilder(),
                                new RedactingJson()));
                yield List.of(new Chunk.ToolInputStart(id, tool, gate.isDynamic(tool)));
            }
            case ModelEvent.ToolInput(int block, String delta) -> input(block, delta);
            case ModelEvent.BlockEnd(int block) -> close(block);
            case ModelEvent.Stop(FinishReason reason) -> {
                finishReason = reason;
                yield List.of();
            }
            case ModelEvent.Usage usage -> List.of();
            case ModelEvent.Refused refused -> List.of();
            case ModelEvent.End() -> List.of();
        };
    }

    /** The chunks that end the step, with the parts that the model left open. */
    List<Chunk> end() {
        List<Chunk> chunks = new ArrayList<>();
        for (int block : List.copyOf(open.keySet())) {
            chunks.addAll(close(block));
        }
        for (NewCall call : calls) {
            if (call.gate() instanceof NewCall.Gate.Ask(Call.Approval approval, String reason)) {
                chunks.add(new Chunk.ToolApprovalRequest(approval.id(), call.toolCallId(), reason));
            }
        }
        chunks.add(new Chunk.FinishStep());
        return chunks;
    }

    /** Whether the model said nothing but that it will not say anything. */
    boolean isRefusal() {
        return finishReason == FinishReason.CONTENT_FILTER && !hasText && calls.isEmpty();
    }

    /** The calls that the step asks for, in order. */
    List<NewCall> calls() {
        return List.copyOf(calls);
    }

    /** What the step said and cost, once it has ended. */
    StepResult result(String modelId, Ledger ledger, TurnWriter.Written written) {
        return new StepResult(
                written.first(),
                written.chunks(),
                calls.isEmpty() ? finishReason : FinishReason.TOOL_CALLS,
                modelId,
                ledger,
                List.of(),
                0);
    }

    private List<Chunk> text(int block, String delta) {
        List<Chunk> chunks = new ArrayList<>();
        if (!open.containsKey(block)) {
            open.put(block, new Open.Text(id(block)));
            chunks.add(new Chunk.TextStart(id(block)));
        }
        hasText = true;
        chunks.add(new Chunk.TextDelta(id(block), delta));
        return chunks;
    }

    private List<Chunk> reasoning(int block, String delta) {
        List<Chunk> chunks = beginReasoning(block);
        chunks.add(new Chunk.ReasoningDelta(id(block), delta));
        return chunks;
    }

    private List<Chunk> beginReasoning(int block) {
        List<Chunk> chunks = new ArrayList<>();
        if (!open.containsKey(block)) {
            open.put(block, new Open.Reasoning(id(block), null));
            chunks.add(new Chunk.ReasoningStart(id(block)));
        }
        return chunks;
    }

    private List<Chunk> input(int block, String delta) {
        if (!(open.get(block) instanceof Open.ToolUse use)
                // One more, so that it is seen to be too long.
                || use.input().length() > CallGate.MAX_INPUT_CHARACTERS) {
            return List.of();
        }
        use.input().append(delta);
        return shown(use, use.seen().take(delta));
    }

    private static List<Chunk> shown(Open.ToolUse use, String text) {
        use.shown().append(text);
        return text.isEmpty() ? List.of() : List.of(new Chunk.ToolInputDelta(use.id(), text));
    }

    private List<Chunk> close(int block) {
        Open part = open.remove(block);
        return switch (part) {
            case null -> List.of();
            case Open.Text(String id) -> List.of(new Chunk.TextEnd(id));
            case Open.Reasoning(String id, String signature) -> {
                // Where the AI SDK's Bedrock provider keeps the signature as well.
                var metadata = signature == null ? null : Json.object();
                if (metadata != null) {
                    metadata.putObject("bedrock").put("signature", signature);
                }
                yield List.of(new Chunk.ReasoningEnd(id, metadata));
            }
            case Open.ToolUse use -> close(use);
        };
    }

    private List<Chunk> close(Open.ToolUse use) {
        List<Chunk> chunks = new ArrayList<>(shown(use, use.seen().end()));
        NewCall call = gate.decide(calls.size(), use.id(), use.tool(), use.input().toString());
        calls.add(call);
        chunks.add(
                switch (call.gate()) {
                    case NewCall.Gate.Refused(String message) ->
                            new Chunk.ToolInputError(
                                    use.id(),
                                    use.tool(),
                                    call.dynamic(),
                                    refusedInput(use, call),
                                    message);
                    case NewCall.Gate.Open() -> available(use, call);
                    case NewCall.Gate.Ask ask -> available(use, call);
                });
        return chunks;
    }

    private Chunk available(Open.ToolUse use, NewCall call) {
        JsonNode shown = Shown.input(call.input(), turn, use.id());
        return new Chunk.ToolInputAvailable(use.id(), use.tool(), call.dynamic(), shown);
    }

    /** As JSON if it is some, else the beginning of what the model wrote. */
    private JsonNode refusedInput(Open.ToolUse use, NewCall call) {
        String shown = use.shown().toString();
        if (!call.input().isEmpty()) {
            return Shown.input(call.input(), turn, use.id());
        }
        return shown.isBlank()
                ? call.input()
                : TextNode.valueOf(Texts.beginning(shown, MALFORMED_CHARACTERS));
    }

    /** Part ids are unique in the message: blocks are numbered in each step anew. */
    private String id(int block) {
        return "s" + step + "b" + block;
    }
}
