package io.holdfast.chunk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

/** One part of a {@link UiMessage}. */
public sealed interface MessagePart {

    /** Where a step begins in an assistant's message. */
    record StepStart() implements MessagePart {}

    /** Text. */
    record Text(String text) implements MessagePart {}

    /**
     * The model's reasoning; the provider's metadata holds the signature that the model wants back.
     */
    record Reasoning(@Nullable String id, String text, @Nullable ObjectNode providerMetadata)
            implements MessagePart {}

    /**
     * A call of a tool ({@code tool-NAME}, or {@code dynamic-tool}).
     *
     * @param dynamic whether the frontend does not know the tool when it is built
     * @param input absent while it streams, or if it could not be read
     * @param rawInput the text of an input that still streams; absent else
     * @param output present in the state {@code output-available} alone
     * @param preliminary whether another output replaces this one
     * @param errorText present in the state {@code output-error} alone
     * @param approval what a human was asked and said, absent if nobody was asked
     */
    record Tool(
            String toolCallId,
            String toolName,
            boolean dynamic,
            ToolState state,
            @Nullable JsonNode input,
            @Nullable String rawInput,
            @Nullable JsonNode output,
            boolean preliminary,
            @Nullable String errorText,
            @Nullable Approval approval)
            implements MessagePart {}

    /**
     * What a human was asked about a call, and said.
     *
     * @param approved absent until it is answered
     * @param reason what was said with the answer
     * @param requestReason why it was asked
     */
    record Approval(
            String id,
            @Nullable Boolean approved,
            @Nullable String reason,
            @Nullable String requestReason) {}

    /** How far a call of a tool is, as the AI SDK names it. */
    enum ToolState {
        INPUT_STREAMING("input-streaming"),
        INPUT_AVAILABLE("input-available"),
        APPROVAL_REQUESTED("approval-requested"),
        APPROVAL_RESPONDED("approval-responded"),
        OUTPUT_AVAILABLE("output-available"),
        OUTPUT_ERROR("output-error"),
        OUTPUT_DENIED("output-denied");

        private final String wireName;

        ToolState(String wireName) {
            this.wireName = wireName;
        }

        /** The name on the wire. */
        public String wireName() {
            return wireName;
        }
    }

    /** A part that Holdfast keeps as it came (files, data parts). */
    record Other(ObjectNode json) implements MessagePart {}
}
