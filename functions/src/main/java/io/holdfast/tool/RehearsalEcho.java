package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

/** For rehearsals: answers what it is given. */
public final class RehearsalEcho implements BuiltinTool {

    @Override
    public String name() {
        return "rehearsal_echo";
    }

    @Override
    public String description() {
        return "Answers the value that it is given.";
    }

    @Override
    public ObjectNode input() {
        return new InputSchema().any("value", "any value").requires("value");
    }

    @Override
    public ToolResult run(
            ToolCall call, ObjectNode settings, Services services, Progress progress) {
        ObjectNode output = Json.object();
        output.set(
                "value",
                call.input().path("value").isMissingNode()
                        ? NullNode.instance
                        : call.input().get("value"));
        return new ToolResult.Success(output);
    }
}
