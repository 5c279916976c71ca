package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;

import java.io.IOException;
import java.net.http.HttpResponse;

/** Asks a service to do work by a POST. */
record HttpOperation(ToolSpec spec, HttpEndpoint endpoint) implements OperationStart {

    @Override
    public Started start(ToolCall call, OperationId operation, Callback callback)
            throws InterruptedException {
        Reply<Started> reply =
                endpoint.post(
                        call,
                        StartRequest.json(spec.name(), call, operation, callback),
                        Repeat.WHAT_MAY_PASS,
                        HttpOperation::read);
        return switch (reply) {
            case Reply.Done<Started>(Started started) -> started;
            case Reply.Failed<Started>(RefusalKind kind, String message) ->
                    new Started.Refused(kind.wireName(), message);
        };
    }

    /**
     * Only what cannot be mistaken: a page that says "OK" is neither a result nor a promise to call
     * back.
     */
    private static Started read(HttpResponse<?> response, BoundedBody body) throws IOException {
        int status = response.statusCode();
        if (status == 202 || status == 204) {
            return new Started.Accepted();
        }
        MediaType type = MediaType.of(response.headers());
        byte[] bytes = type.isJson() ? body.readAllBytes() : new byte[0];
        if (status != 200 || bytes.length == 0) {
            return new Started.Refused(
                    RefusalKind.REJECTED.wireName(),
                    "The endpoint answered with status %d%s, which is neither 202 nor a result"
                            .formatted(status, status == 200 ? " without JSON" : ""));
        }
        return new Started.Completed(result(Json.read(new String(bytes, type.charset()))));
    }

    private static JsonNode result(JsonNode answer) {
        JsonNode wrapped = answer.get("result");
        return answer.isObject() && answer.size() == 1 && wrapped != null ? wrapped : answer;
    }
}
