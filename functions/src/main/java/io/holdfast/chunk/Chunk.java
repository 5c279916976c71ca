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

    /**
     * The model begins to ask for a tool.
     *
     * @param dynamic whether the tool is not known when the frontend is built (one of an MCP
     *     server); clients keep such calls as parts of the type {@code dynamic-tool}
     */
    record ToolInputStart(String toolCallId, String toolName, boolean dynamic) implements Chunk {}

    /** More of a call's input, as JSON text. */
    record ToolInputDelta(String toolCallId, String inputTextDelta) implements Chunk {}

    /** A call's input is complete and will be run, or asked about. */
    record ToolInputAvailable(String toolCallId, String toolName, boolean dynamic, JsonNode input)
            implements Chunk {}

    /** A call's input is not what the tool takes; the call is not run. */
    record ToolInputError(
            String toolCallId, String toolName, boolean dynamic, JsonNode input, String errorText)
            implements Chunk {}

    /** A human must confirm the call; the message waits. */
    record ToolApprovalRequest(String approvalId, String toolCallId, @Nullable String reason)
            implements Chunk {}

    /** A human has answered. */
    record ToolApprovalResponse(String approvalId, boolean approved, @Nullable String reason)
            implements Chunk {}

    /**
     * What a call has brought.
     *
     * @param preliminary whether the call goes on, and another output replaces this one
     */
    record ToolOutputAvailable(String toolCallId, JsonNode output, boolean preliminary)
            implements Chunk {}

    /** The call failed, in words for the model and the user. */
    record ToolOutputError(String toolCallId, String errorText) implements Chunk {}

    /** The call was denied and has not run. */
    record ToolOutputDenied(String toolCallId) implements Chunk {}

    /** More of the message's metadata; an empty object changes nothing. */
    record MessageMetadata(JsonNode messageMetadata) implements Chunk {}

    /** The message is complete. */
    record Finish(FinishReason finishReason, @Nullable JsonNode messageMetadata) implements Chunk {}

    /** The turn was cancelled; what was said stays. */
    record Abort(String reason) implements Chunk {}

    /** The turn failed, in words for a person; type {@code error} on the wire. */
    record Failure(String errorText) implements Chunk {}
}
