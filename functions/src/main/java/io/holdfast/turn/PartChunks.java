package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.MessagePart;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** The chunks that make the parts of a message, for a reader that has none of them. */
final class PartChunks {
    private PartChunks() {}

    /** Each part begins, is said at once, and ends. */
    static List<Chunk> of(List<MessagePart> parts) {
        List<Chunk> chunks = new ArrayList<>();
        for (MessagePart part : parts) {
            String id = "r" + chunks.size();
            switch (part) {
                case MessagePart.StepStart() -> chunks.add(new Chunk.StartStep());
                case MessagePart.Text(String text) -> {
                    chunks.add(new Chunk.TextStart(id));
                    chunks.add(new Chunk.TextDelta(id, text));
                    chunks.add(new Chunk.TextEnd(id));
                }
                case MessagePart.Tool tool -> add(tool, chunks);
                case MessagePart.Other other ->
                        throw new IllegalArgumentException("an answer of ours has no such part");
                case MessagePart.Reasoning(String known, String text, var metadata) -> {
                    String name = known == null ? id : known;
                    chunks.add(new Chunk.ReasoningStart(name));
                    chunks.add(new Chunk.ReasoningDelta(name, text));
                    chunks.add(new Chunk.ReasoningEnd(name, metadata));
                }
            }
        }
        return chunks;
    }

    private static void add(MessagePart.Tool tool, List<Chunk> chunks) {
        String id = tool.toolCallId();
        switch (tool.state()) {
            case INPUT_STREAMING -> {
                chunks.add(new Chunk.ToolInputStart(id, tool.toolName(), tool.dynamic()));
                if (tool.rawInput() != null) {
                    chunks.add(new Chunk.ToolInputDelta(id, tool.rawInput()));
                }
            }
            case INPUT_AVAILABLE, APPROVAL_REQUESTED, APPROVAL_RESPONDED -> asked(tool, chunks);
            case OUTPUT_AVAILABLE -> {
                asked(tool, chunks);
                chunks.add(
                        new Chunk.ToolOutputAvailable(
                                id, given(tool.output()), tool.preliminary()));
            }
            case OUTPUT_ERROR -> {
                String words = Objects.requireNonNullElse(tool.errorText(), "");
                if (tool.input() != null || tool.approval() != null) {
                    asked(tool, chunks);
                }
                chunks.add(
                        tool.input() != null
                                ? new Chunk.ToolOutputError(id, words)
                                : new Chunk.ToolInputError(
                                        id, tool.toolName(), tool.dynamic(), given(null), words));
            }
            case OUTPUT_DENIED -> {
                asked(tool, chunks);
                chunks.add(new Chunk.ToolOutputDenied(id));
            }
        }
    }

    /** The call with its input, and what a human was asked about it and said. */
    private static void asked(MessagePart.Tool tool, List<Chunk> chunks) {
        String id = tool.toolCallId();
        chunks.add(
                new Chunk.ToolInputAvailable(
                        id, tool.toolName(), tool.dynamic(), given(tool.input())));
        MessagePart.Approval approval = tool.approval();
        if (approval != null) {
            chunks.add(new Chunk.ToolApprovalRequest(approval.id(), id, approval.requestReason()));
            if (approval.approved() != null) {
                chunks.add(
                        new Chunk.ToolApprovalResponse(
                                approval.id(), approval.approved(), approval.reason()));
            }
        }
    }

    private static JsonNode given(@Nullable JsonNode value) {
        return value == null ? NullNode.getInstance() : value;
    }
}
