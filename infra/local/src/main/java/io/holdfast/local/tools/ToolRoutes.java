package io.holdfast.local.tools;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.gateway.LocalRequest;
import io.holdfast.local.gateway.LocalResponse;
import io.holdfast.local.gateway.LocalRoute;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * HTTP endpoints for tools of the kind {@code http} to call.
 *
 * <p>{@code POST /local/tools/echo} answers {@code {"input":…,"idempotencyKey":…}}; {@code
 * status/N} the HTTP status N; {@code slow/N} after N milliseconds what {@code echo} does; {@code
 * big/N} a text of N bytes; {@code ndjson/N} N lines {@code {"done":1,"of":N}} of JSON, a moment
 * apart.
 */
public final class ToolRoutes {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern PATH = Pattern.compile("/local/tools/([a-z]+)(?:/([0-9]{1,8}))?");
    private static final Duration BETWEEN_LINES = Duration.ofMillis(200);

    private ToolRoutes() {}

    /** The routes. */
    public static LocalRoute route() {
        return new LocalRoute("POST", "/local/tools/", ToolRoutes::answer);
    }

    private static @Nullable LocalResponse answer(LocalRequest request) {
        Matcher path = PATH.matcher(request.path());
        if (!path.matches()) {
            return null;
        }
        int number = path.group(2) == null ? 0 : Integer.parseInt(path.group(2));
        return switch (path.group(1)) {
            case "echo" -> echo(request);
            case "status" -> status(number);
            case "slow" -> {
                pause(Duration.ofMillis(number));
                yield echo(request);
            }
            case "big" -> LocalResponse.text(200, "x".repeat(number));
            case "ndjson" ->
                    LocalResponse.streamed(
                            200, "application/x-ndjson", out -> writeLines(number, out));
            default -> null;
        };
    }

    private static LocalResponse echo(LocalRequest request) {
        JsonNode input;
        try {
            input = JSON.readTree(request.body());
        } catch (JsonProcessingException e) {
            return LocalResponse.text(400, "The body must be JSON.");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        answer.set("input", input);
        String key = request.headers().get("idempotency-key");
        if (key != null) {
            answer.put("idempotencyKey", key);
        }
        return LocalResponse.json(200, answer.toString());
    }

    /** Jetty knows no status beyond these. */
    private static LocalResponse status(int status) {
        return status < 200 || status > 599
                ? LocalResponse.text(400, "There is no status " + status + ".")
                : LocalResponse.text(status, "As asked: " + status + ".");
    }

    private static void writeLines(int number, OutputStream out) throws IOException {
        for (int i = 1; i <= number; i++) {
            if (i > 1) {
                pause(BETWEEN_LINES);
            }
            String line = "{\"done\":" + i + ",\"of\":" + number + "}\n";
            out.write(line.getBytes(StandardCharsets.UTF_8));
            out.flush();
        }
    }

    private static void pause(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            // The gateway ends.
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a tool took its time", e);
        }
    }
}
