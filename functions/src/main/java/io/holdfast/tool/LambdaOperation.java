package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.OperationId;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * Asks a function to do work, or to have it done.
 *
 * @param cancels takes the word that the work is not wanted any more, if any function does
 */
record LambdaOperation(ToolSpec spec, LambdaFunction function, @Nullable LambdaFunction cancels)
        implements OperationStart {

    @Override
    public Started start(ToolCall call, OperationId operation, Callback callback)
            throws InterruptedException {
        Request request = StartRequest.of(spec.name(), call, operation, callback);
        return switch (function.invoke(request, Repeat.WHAT_MAY_PASS)) {
            case Reply.Done<JsonNode>(JsonNode answer) -> read(answer);
            case Reply.Failed<JsonNode>(RefusalKind kind, String message) ->
                    new Started.Refused(kind.wireName(), message);
        };
    }

    @Override
    public Told cancel(
            OperationId operation, String idempotencyKey, String reason, Instant deadline)
            throws InterruptedException {
        if (cancels == null) {
            return new Told.NotConfigured();
        }
        Request request =
                CancelRequest.of(spec.name(), operation, idempotencyKey, reason, deadline);
        return switch (cancels.invoke(request, Repeat.WHAT_MAY_PASS)) {
            case Reply.Done<JsonNode> done -> new Told.Done();
            case Reply.Failed<JsonNode>(RefusalKind kind, String message) ->
                    new Told.Refused(kind.wireName(), message);
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
