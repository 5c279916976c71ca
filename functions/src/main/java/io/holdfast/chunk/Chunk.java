package io.holdfast.chunk;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

/**
 * One UI message chunk: what a turn says, piece by piece.
 *
 * <p>The forms and their required fields are those of the AI SDK's {@code uiMessageChunkSchema}
 * (npm {@code ai} 7, {@code src/ui-message-stream/ui-message-chunks.ts}). A field that is absent is
 * left out of the JSON: the client refuses a {@code null}.
 */
public sealed interface Chunk {

    /** The message begins; a replay bears the same id, so that the client replaces it in place. */
    record Start(String messageId, @Nullable JsonNode messageMetadata) implements Chunk {}

    /** A step begins. */
    record StartStep() implements Chunk {}

    /** Everything said since the last {@link StartStep} is void: the step is written again. */
    record ResetStep() implements Chunk {}

    /** The step has ended. */
    record FinishStep() implements Chunk {}

    /** A part of text begins. */
    record TextStart(String id) implements Chunk {}

    /** More of a part of text. */
    record TextDelta(String id, String delta) implements Chunk {}

    /** The part of text has ended. */
    record TextEnd(String id) implements Chunk {}

    /** A part of reasoning begins. */
    record ReasoningStart(String id) implements Chunk {}

    /** More of a part of reasoning. */
    record ReasoningDelta(String id, String delta) implements Chunk {}

    /**
     * The part of reasoning has ended; the provider's metadata holds the signature that the model
     * wants back.
     */
    record ReasoningEnd(String id, @Nullable JsonNode providerMetadata) implements Chunk {}

    /** The message is complete. */
    record Finish(FinishReason finishReason, @Nullable JsonNode messageMetadata) implements Chunk {}

    /** The turn was cancelled; what was said stays. */
    record Abort(String reason) implements Chunk {}

    /** The turn failed, in words for a person; type {@code error} on the wire. */
    record Failure(String errorText) implements Chunk {}
}
