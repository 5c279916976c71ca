package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.assistant.ToolKind;
import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.time.Instant;

/**
 * Asks a service to do work by a POST.
 *
 * @param cancels takes the word that the work is not wanted any more, if anything does
 */
record HttpOperation(ToolSpec spec, HttpEndpoint endpoint, @Nullable HttpEndpoint cancels)
        implements OperationStart {

    /**
     * Where a tool is told at a URL that its work is not wanted any more: it is tried again until
     * the deadline, because to hear it twice does no harm.
     */
    static ToolKind.Http cancels(ToolKind.Http kind, String url) {
        return new ToolKind.Http(
                URI.create(url),
                kind.headers(),
                kind.allowPrivateAddresses(),
                kind.maxResponseBytes(),
                Integer.MAX_VALUE);
    }

    @Override
    public Started start(ToolCall call, OperationId operation, Callback callback)
            throws InterruptedException {
        Reply<Started> reply =
                endpoint.post(
                        StartRequest.of(spec.name(), call, operation, callback),
                        Repeat.WHAT_MAY_PASS,
                        HttpOperation::read);
        return switch (reply) {
            case Reply.Done<Started>(Started started) -> started;
            case Reply.Failed<Started>(RefusalKind kind, String message) ->
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
        Reply<Told> reply =
                cancels.post(
                        CancelRequest.of(spec.name(), operation, idempotencyKey, reason, deadline),
                        Repeat.WHAT_MAY_PASS,
                        new Heard());
        return switch (reply) {
            case Reply.Done<Told>(Told told) -> told;
            case Reply.Failed<Told>(RefusalKind kind, String message) ->
                    new Told.Refused(kind.wireName(), message);
        };
    }

    /** Whatever its words are, and also if it knows no such work: then none is done. */
    private record Heard() implements HttpEndpoint.Reader<Told> {

        @Override
        public boolean takes(int status) {
            return status / 100 == 2 || status == 404 || status == 410;
        }

        @Override
        public Told read(HttpResponse<?> response, BoundedBody body) {
            return new Told.Done();
        }
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
