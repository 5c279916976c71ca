package io.holdfast.model;

import io.holdfast.chunk.FinishReason;

/** One thing that a model says while it answers. Blocks are numbered; deltas belong to a block. */
public sealed interface ModelEvent {

    /** More text. */
    record Text(int block, String delta) implements ModelEvent {}

    /** More reasoning. */
    record Reasoning(int block, String delta) implements ModelEvent {}

    /** What proves to the model that the reasoning was its own. */
    record ReasoningSignature(int block, String signature) implements ModelEvent {}

    /** The model begins to ask for a tool. */
    record ToolUse(int block, String id, String tool) implements ModelEvent {}

    /** More of the tool's input, as JSON text; none at all means no arguments. */
    record ToolInput(int block, String delta) implements ModelEvent {}

    /** A block is complete. */
    record BlockEnd(int block) implements ModelEvent {}

    /** The answer is complete. */
    record Stop(FinishReason reason) implements ModelEvent {}

    /** What the call cost, in tokens. */
    record Usage(int inputTokens, int outputTokens) implements ModelEvent {}

    /** The model will not answer this, now or later; no more events follow. */
    record Refused(ModelRefusal refusal) implements ModelEvent {}

    /** No more events. */
    record End() implements ModelEvent {}
}
