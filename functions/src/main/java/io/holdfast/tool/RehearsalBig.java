package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

/** For rehearsals: answers a long text. */
public final class RehearsalBig implements BuiltinTool {
    private static final int MAX = 2_000_000;
    private static final String DIGITS = "0123456789";

    @Override
    public String name() {
        return "rehearsal_big";
    }

    @Override
    public String description() {
        return "Answers a text of a number of bytes.";
    }

    @Override
    public ObjectNode input() {
        return new InputSchema().integer("bytes", 0, MAX, "how many").requires("bytes");
    }

    @Override
    public ToolResult run(
            ToolCall call, ObjectNode settings, Services services, Progress progress) {
        int bytes = Math.clamp(call.input().path("bytes").asLong(), 0, MAX);
        String text = DIGITS.repeat(bytes / DIGITS.length() + 1).substring(0, bytes);
        return new ToolResult.Success(TextNode.valueOf(text));
    }
}
