package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The kind {@code lambda}: invokes a function and waits for it; the payload is the input and
 * nothing else.
 */
record LambdaTool(ToolSpec spec, LambdaFunction function) implements Tool {

    @Override
    public ToolResult run(ToolCall call, Progress progress) throws InterruptedException {
        return switch (function.invoke(Request.of(call, call.input()), Repeat.WHAT_FOUND_NOBODY)) {
            case Reply.Done<JsonNode>(JsonNode output) -> new ToolResult.Success(output);
            case Reply.Failed<JsonNode>(RefusalKind kind, String message) ->
                    new ToolResult.Failure(message);
        };
    }
}
