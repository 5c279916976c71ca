package io.holdfast.chunk;

import io.holdfast.chunk.Piece.Tool;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** The calls of tools in a message that is being folded. */
final class ToolCalls {
    private final List<Piece> pieces;
    private final Map<String, Partial> partials = new HashMap<>();

    /** A call whose input streams. Clients remember it until the step is reset. */
    private record Partial(String toolName, boolean dynamic, StringBuilder text) {}

    ToolCalls(List<Piece> pieces) {
        this.pieces = pieces;
    }

    void accept(Chunk.ToolInputStart chunk) {
        partials.put(
                chunk.toolCallId(),
                new Partial(chunk.toolName(), chunk.dynamic(), new StringBuilder()));
        own(chunk.toolCallId(), chunk.toolName(), chunk.dynamic()).streams(chunk.toolName(), null);
    }

    void accept(Chunk.ToolInputDelta chunk) {
        Partial partial = partials.get(chunk.toolCallId());
        if (partial == null) {
            throw new InvalidChunkException("tool-input-delta for a call that has not begun");
        }
        partial.text().append(chunk.inputTextDelta());
        own(chunk.toolCallId(), partial.toolName(), partial.dynamic())
                .streams(partial.toolName(), partial.text());
    }

    void accept(Chunk.ToolInputAvailable chunk) {
        own(chunk.toolCallId(), chunk.toolName(), chunk.dynamic())
                .available(chunk.toolName(), chunk.input());
    }

    void accept(Chunk.ToolInputError chunk) {
        // A call that is there keeps its kind, whatever the chunk says.
        boolean dynamic =
                ofStep().filter(tool -> tool.toolCallId.equals(chunk.toolCallId()))
                        .findFirst()
                        .map(tool -> tool.dynamic)
                        .orElse(chunk.dynamic());
        own(chunk.toolCallId(), chunk.toolName(), dynamic)
                .refused(chunk.toolName(), chunk.input(), chunk.errorText());
    }

    void accept(Chunk.ToolApprovalRequest chunk) {
        known(chunk.toolCallId(), "tool-approval-request").asks(chunk.approvalId(), chunk.reason());
    }

    void accept(Chunk.ToolApprovalResponse chunk) {
        tools(pieces)
                .filter(tool -> tool.waitsFor(chunk.approvalId()))
                .findFirst()
                .orElseThrow(
                        () ->
                                new InvalidChunkException(
                                        "tool-approval-response to what was not asked"))
                .answered(chunk.approved(), chunk.reason());
    }

    void accept(Chunk.ToolOutputAvailable chunk) {
        known(chunk.toolCallId(), "tool-output-available")
                .brought(chunk.output(), chunk.preliminary());
    }

    void accept(Chunk.ToolOutputError chunk) {
        known(chunk.toolCallId(), "tool-output-error").failed(chunk.errorText());
    }

    void accept(Chunk.ToolOutputDenied chunk) {
        known(chunk.toolCallId(), "tool-output-denied").denied();
    }

    void reset() {
        partials.clear();
    }

    /** The call's part in the current step; a new one if there is none of its kind. */
    private Tool own(String toolCallId, String toolName, boolean dynamic) {
        return ofStep().filter(tool -> tool.toolCallId.equals(toolCallId))
                .filter(tool -> tool.dynamic == dynamic)
                .findFirst()
                .orElseGet(
                        () -> {
                            Tool tool = new Tool(toolCallId, toolName, dynamic);
                            pieces.add(tool);
                            return tool;
                        });
    }

    /** The first of the current step, else the last of the message. */
    private Tool known(String toolCallId, String type) {
        Predicate<Tool> same = tool -> tool.toolCallId.equals(toolCallId);
        return ofStep().filter(same)
                .findFirst()
                .or(() -> tools(pieces.reversed()).filter(same).findFirst())
                .orElseThrow(() -> new InvalidChunkException(type + " for an unknown call"));
    }

    private Stream<Tool> ofStep() {
        return tools(pieces.subList(MessageFold.stepBegin(pieces), pieces.size()));
    }

    private static Stream<Tool> tools(List<Piece> among) {
        return among.stream().filter(Tool.class::isInstance).map(Tool.class::cast);
    }
}
