package io.holdfast.chunk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.chunk.MessagePart.ToolState;

import org.jspecify.annotations.Nullable;

/** A part of a message that may still grow. */
sealed interface Piece {

    /** The part so far. */
    MessagePart part();

    /** The beginning of a step. */
    record StepStart() implements Piece {
        @Override
        public MessagePart part() {
            return new MessagePart.StepStart();
        }
    }

    /** A part of text. */
    record Text(StringBuilder text) implements Piece {
        @Override
        public MessagePart part() {
            return new MessagePart.Text(text.toString());
        }
    }

    /** A part of reasoning; clients keep its id, and that of no part of text. */
    final class Reasoning implements Piece {
        final StringBuilder text = new StringBuilder();
        private final String id;
        @Nullable ObjectNode metadata;

        Reasoning(String id) {
            this.id = id;
        }

        @Override
        public MessagePart part() {
            return new MessagePart.Reasoning(id, text.toString(), metadata);
        }
    }

    /** A call of a tool. */
    final class Tool implements Piece {
        final String toolCallId;
        final boolean dynamic;
        private String toolName;
        private ToolState state = ToolState.INPUT_STREAMING;
        private @Nullable JsonNode input;
        private @Nullable StringBuilder rawInput;
        private @Nullable JsonNode output;
        private boolean preliminary;
        private @Nullable String errorText;
        private MessagePart.@Nullable Approval approval;

        Tool(String toolCallId, String toolName, boolean dynamic) {
            this.toolCallId = toolCallId;
            this.toolName = toolName;
            this.dynamic = dynamic;
        }

        /** Its input streams; the text is absent before the first delta. */
        void streams(String name, @Nullable StringBuilder text) {
            become(ToolState.INPUT_STREAMING);
            toolName = name;
            input = null;
            rawInput = text;
        }

        void available(String name, JsonNode value) {
            become(ToolState.INPUT_AVAILABLE);
            toolName = name;
            input = value;
        }

        /**
         * The model asked for what the tool does not take; {@code null} is what nobody can read.
         */
        void refused(String name, JsonNode value, String words) {
            become(ToolState.OUTPUT_ERROR);
            toolName = name;
            input = value.isNull() ? null : value;
            errorText = words;
        }

        void brought(JsonNode value, boolean goesOn) {
            become(ToolState.OUTPUT_AVAILABLE);
            output = value;
            preliminary = goesOn;
        }

        void failed(String words) {
            become(ToolState.OUTPUT_ERROR);
            errorText = words;
        }

        void asks(String approvalId, @Nullable String reason) {
            become(ToolState.APPROVAL_REQUESTED);
            approval = new MessagePart.Approval(approvalId, null, null, reason);
        }

        void answered(boolean approved, @Nullable String reason) {
            if (approval == null) {
                throw new IllegalStateException("nobody was asked");
            }
            become(ToolState.APPROVAL_RESPONDED);
            approval =
                    new MessagePart.Approval(
                            approval.id(),
                            approved,
                            reason == null ? approval.reason() : reason,
                            approval.requestReason());
        }

        void denied() {
            become(ToolState.OUTPUT_DENIED);
        }

        boolean waitsFor(String approvalId) {
            return approval != null && approval.id().equals(approvalId);
        }

        /** What belonged to another state goes; the input and the approval stay. */
        private void become(ToolState next) {
            state = next;
            rawInput = null;
            output = null;
            preliminary = false;
            errorText = null;
        }

        @Override
        public MessagePart part() {
            return new MessagePart.Tool(
                    toolCallId,
                    toolName,
                    dynamic,
                    state,
                    input,
                    rawInput == null ? null : rawInput.toString(),
                    output,
                    preliminary,
                    errorText,
                    approval);
        }
    }
}
