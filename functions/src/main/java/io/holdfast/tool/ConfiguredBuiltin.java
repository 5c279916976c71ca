package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** A built-in tool as one configuration offers it. */
record ConfiguredBuiltin(ToolSpec spec, BuiltinTool builtin, ObjectNode settings, Services services)
        implements Tool {

    @Override
    public ToolResult run(ToolCall call, Progress progress) throws InterruptedException {
        return switch (builtin.run(call, settings, services, progress)) {
            case ToolResult.Success success -> success;
            case ToolResult.Failure(String message) -> new ToolResult.Failure(Words.safe(message));
        };
    }
}
