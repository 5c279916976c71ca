package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** For rehearsals: fails, with the words that it is given. */
public final class RehearsalFail implements BuiltinTool {

    @Override
    public String name() {
        return "rehearsal_fail";
    }

    @Override
    public String description() {
        return "Fails with a message.";
    }

    @Override
    public ObjectNode input() {
        return new InputSchema().field("message", "string", "what it says").requires();
    }

    @Override
    public ToolResult run(
            ToolCall call, ObjectNode settings, Services services, Progress progress) {
        return new ToolResult.Failure(call.input().path("message").asText("It failed, as asked"));
    }
}
