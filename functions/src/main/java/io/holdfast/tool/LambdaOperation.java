package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.OperationId;

/** Asks a function to do work, or to have it done. */
record LambdaOperation(ToolSpec spec, LambdaFunction function) implements OperationStart {

    @Override
    public Started start(ToolCall call, OperationId operation, Callback callback)
            throws InterruptedException {
        JsonNode request = StartRequest.json(spec.name(), call, operation, callback);
        return switch (function.invoke(call, request, Repeat.WHAT_MAY_PASS)) {
            case Reply.Done<JsonNode>(JsonNode answer) -> read(answer);
            case Reply.Failed<JsonNode>(RefusalKind kind, String message) ->
                    new Started.Refused(kind.wireName(), message);
        };
    }

    private static Started read(JsonNode answer) {
        JsonNode result = answer.get("result");
        if (result != null) {
            return new Started.Completed(result);
        }
        return answer.path("accepted").asBoolean(false)
                ? new Started.Accepted()
                : new Started.Refused(
                        RefusalKind.REJECTED.wireName(),
                        "The function's answer says neither accepted nor a result");
    }
}
