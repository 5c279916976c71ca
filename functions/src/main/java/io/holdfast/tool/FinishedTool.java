package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;

/** A tool whose results a step finishes before they are stored. */
record FinishedTool(Tool tool, ConfiguredStep step) implements Tool {

    @Override
    public ToolSpec spec() {
        return tool.spec();
    }

    @Override
    public ToolResult run(ToolCall call, Progress progress) throws InterruptedException {
        return switch (tool.run(call, progress)) {
            case ToolResult.Success(JsonNode output) -> step.apply(call, output);
            case ToolResult.Failure failure -> failure;
        };
    }
}
