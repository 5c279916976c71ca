package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.holdfast.platform.Json;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;

/**
 * The kind {@code http}: posts the input as JSON, and takes the answer as JSON or text.
 *
 * <p>An answer of {@code application/x-ndjson} streams: each line but the last is a preliminary
 * output, the last one is the output.
 */
record HttpTool(ToolSpec spec, HttpEndpoint endpoint) implements Tool {

    @Override
    public ToolResult run(ToolCall call, Progress progress) throws InterruptedException {
        Reply<JsonNode> reply =
                endpoint.post(
                        Request.of(call, call.input()),
                        Repeat.WHAT_FOUND_NOBODY,
                        (response, body) -> read(response, body, progress));
        return switch (reply) {
            case Reply.Done<JsonNode>(JsonNode output) -> new ToolResult.Success(output);
            case Reply.Failed<JsonNode>(RefusalKind kind, String message) ->
                    new ToolResult.Failure(message);
        };
    }

    private static JsonNode read(HttpResponse<?> response, BoundedBody body, Progress progress)
            throws IOException {
        MediaType type = MediaType.of(response.headers());
        if (response.statusCode() == 204) {
            return NullNode.instance;
        }
        if (type.isNdjson()) {
            return lastLine(body, progress);
        }
        byte[] bytes = body.readAllBytes();
        if (!type.isJson()) {
            return TextNode.valueOf(new String(bytes, type.charset()));
        }
        return bytes.length == 0 ? NullNode.instance : Json.read(new String(bytes, type.charset()));
    }

    private static JsonNode lastLine(BoundedBody body, Progress progress) throws IOException {
        BufferedReader lines =
                new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        JsonNode last = null;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.isBlank()) {
                continue;
            }
            if (last != null) {
                progress.report(last);
            }
            last = Json.read(line);
        }
        return last == null ? NullNode.instance : last;
    }
}
