package io.holdfast.turn;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.FinishReason;
import io.holdfast.chunk.MessageFold;
import io.holdfast.chunk.MessagePart;
import io.holdfast.model.ModelEvent;
import io.holdfast.platform.Json;
import io.holdfast.platform.MessageId;
import io.holdfast.stream.TurnWriter;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Turns the events of a model into chunks, and remembers what the step said and cost. */
final class StepScribe {
    private final MessageFold fold;
    private final int step;
    private final Map<Integer, Open> open = new LinkedHashMap<>();
    private FinishReason finishReason = FinishReason.OTHER;
    private int inputTokens;
    private int outputTokens;

    /** A part that has begun and not ended. */
    private record Open(String id, boolean reasoning, @Nullable String signature) {}

    StepScribe(MessageId answer, int step) {
        this.fold = new MessageFold(answer);
        this.step = step;
        fold.accept(new Chunk.StartStep());
    }

    /** The chunks that an event means. */
    List<Chunk> take(ModelEvent event) {
        List<Chunk> chunks =
                switch (event) {
                    case ModelEvent.Text(int block, String delta) -> text(block, delta);
                    case ModelEvent.Reasoning(int block, String delta) -> reasoning(block, delta);
                    case ModelEvent.ReasoningSignature(int block, String signature) -> {
                        List<Chunk> begun = begin(block, true);
                        open.computeIfPresent(
                                block, (index, part) -> new Open(part.id(), true, signature));
                        yield begun;
                    }
                    case ModelEvent.BlockEnd(int block) -> close(block);
                    case ModelEvent.Stop(FinishReason reason) -> {
                        finishReason = reason;
                        yield List.of();
                    }
                    case ModelEvent.Usage(int input, int output) -> {
                        inputTokens += input;
                        outputTokens += output;
                        yield List.of();
                    }
                    case ModelEvent.ToolUse tool -> List.of();
                    case ModelEvent.Refused refused -> List.of();
                    case ModelEvent.End() -> List.of();
                };
        chunks.forEach(fold::accept);
        return chunks;
    }

    /** The chunks that end the step, with the parts that the model left open. */
    List<Chunk> end() {
        List<Chunk> chunks = new ArrayList<>();
        for (int block : List.copyOf(open.keySet())) {
            chunks.addAll(close(block));
        }
        chunks.add(new Chunk.FinishStep());
        chunks.forEach(fold::accept);
        return chunks;
    }

    /** Whether the model said nothing but that it will not say anything. */
    boolean isRefusal() {
        return finishReason == FinishReason.CONTENT_FILTER
                && fold.stepParts().stream().noneMatch(MessagePart.Text.class::isInstance);
    }

    /** What the step said and cost, once it has ended. */
    StepResult result(String modelId, TurnWriter.Written written) {
        return new StepResult(
                written.first(),
                written.chunks(),
                finishReason,
                modelId,
                inputTokens,
                outputTokens);
    }

    private List<Chunk> text(int block, String delta) {
        List<Chunk> chunks = begin(block, false);
        chunks.add(new Chunk.TextDelta(id(block), delta));
        return chunks;
    }

    private List<Chunk> reasoning(int block, String delta) {
        List<Chunk> chunks = begin(block, true);
        chunks.add(new Chunk.ReasoningDelta(id(block), delta));
        return chunks;
    }

    private List<Chunk> begin(int block, boolean reasoning) {
        List<Chunk> chunks = new ArrayList<>();
        if (!open.containsKey(block)) {
            open.put(block, new Open(id(block), reasoning, null));
            chunks.add(
                    reasoning
                            ? new Chunk.ReasoningStart(id(block))
                            : new Chunk.TextStart(id(block)));
        }
        return chunks;
    }

    private List<Chunk> close(int block) {
        Open part = open.remove(block);
        if (part == null) {
            return List.of();
        }
        if (!part.reasoning()) {
            return List.of(new Chunk.TextEnd(part.id()));
        }
        // Where the AI SDK's Bedrock provider keeps the signature as well.
        var metadata = part.signature() == null ? null : Json.object();
        if (metadata != null) {
            metadata.putObject("bedrock").put("signature", part.signature());
        }
        return List.of(new Chunk.ReasoningEnd(part.id(), metadata));
    }

    /** Part ids are unique in the message: blocks are numbered in each step anew. */
    private String id(int block) {
        return "s" + step + "b" + block;
    }
}
