package io.holdfast.tool;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.holdfast.assistant.ToolKind;
import io.holdfast.platform.Json;
import io.holdfast.tool.BoundedBody.BodyTooLongException;
import io.holdfast.tool.BoundedBody.BodyTooSlowException;

import org.jspecify.annotations.Nullable;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

/**
 * The kind {@code http}: posts the input as JSON, and takes the answer as JSON or text.
 *
 * <p>An answer of {@code application/x-ndjson} streams: each line but the last is a preliminary
 * output, the last one is the output.
 */
final class HttpTool implements Tool {
    /** Enough of a failed answer's body to see what it is about. */
    private static final int EXCERPT_BYTES = 4_000;

    private static final int EXCERPT_CHARACTERS = 500;

    private final ToolSpec spec;
    private final ToolKind.Http kind;
    private final GuardedHttp http;
    private final Secrets secrets;
    private final Backoff backoff;

    HttpTool(
            ToolSpec spec, ToolKind.Http kind, GuardedHttp http, Secrets secrets, Backoff backoff) {
        this.spec = spec;
        this.kind = kind;
        this.http = http;
        this.secrets = secrets;
        this.backoff = backoff;
    }

    @Override
    public ToolSpec spec() {
        return spec;
    }

    @Override
    public ToolResult run(ToolCall call, Progress progress) throws InterruptedException {
        Headers headers = Headers.of(kind.headers(), secrets);
        for (int attempt = 1; ; attempt++) {
            switch (attempt(call, headers, progress)) {
                case Outcome.Done(ToolResult result) -> {
                    return result;
                }
                case Outcome.Nobody(String why, Duration retryAfter) -> {
                    if (attempt > kind.retries()
                            || !backoff.pause(attempt, retryAfter, call.deadline())) {
                        return failure(why);
                    }
                }
            }
        }
    }

    private sealed interface Outcome {
        record Done(ToolResult result) implements Outcome {}

        /** The call found nobody who could do it now. */
        record Nobody(String why, Duration retryAfter) implements Outcome {}
    }

    private Outcome attempt(ToolCall call, Headers headers, Progress progress)
            throws InterruptedException {
        Duration left = backoff.left(call.deadline());
        if (!left.isPositive()) {
            return tooLate();
        }
        HttpResponse<InputStream> response;
        try {
            response = http.send(request(call, headers, left), kind.allowPrivateAddresses());
        } catch (AddressRefusedException e) {
            return done(failure(e.getMessage()));
        } catch (HttpConnectTimeoutException e) {
            return new Outcome.Nobody("The endpoint cannot be reached", Duration.ZERO);
        } catch (HttpTimeoutException e) {
            return tooLate();
        } catch (IOException e) {
            // Also a kept connection that the other side has closed meanwhile: Lambda may have
            // frozen us for minutes.
            return new Outcome.Nobody(
                    "The endpoint cannot be reached, or it closed the connection", Duration.ZERO);
        }
        Duration time = backoff.left(call.deadline());
        int status = response.statusCode();
        if (status / 100 != 2) {
            return refused(response, headers, time);
        }
        try (BoundedBody body = new BoundedBody(response.body(), kind.maxResponseBytes(), time)) {
            return done(
                    status == 204 ? success(NullNode.instance) : read(response, body, progress));
        } catch (BodyTooLongException e) {
            return done(
                    failure(
                            "The endpoint's answer is longer than %d bytes"
                                    .formatted(kind.maxResponseBytes())));
        } catch (BodyTooSlowException e) {
            return tooLate();
        } catch (JsonProcessingException e) {
            return done(failure("The endpoint's answer claims to be JSON and is not"));
        } catch (IOException e) {
            // It has begun to answer, so it has done the work: not again.
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            return done(failure("The endpoint's answer broke off"));
        }
    }

    private HttpRequest request(ToolCall call, Headers headers, Duration timeout) {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(kind.url())
                        .timeout(timeout)
                        .header("Accept", "application/json, application/x-ndjson, text/*")
                        .POST(BodyPublishers.ofString(Json.write(call.input())));
        headers.setOn(request);
        // After the configured ones: these are ours.
        return request.setHeader("Content-Type", "application/json")
                .setHeader("Idempotency-Key", call.idempotencyKey())
                .setHeader("X-Holdfast-Turn", call.turn().value())
                .setHeader("X-Holdfast-Session", call.session().value())
                .setHeader("X-Holdfast-Call", call.id())
                .build();
    }

    private ToolResult read(HttpResponse<?> response, BoundedBody body, Progress progress)
            throws IOException {
        MediaType type = MediaType.of(response.headers());
        if (type.isNdjson()) {
            return success(lastLine(body, progress));
        }
        byte[] bytes = body.readAllBytes();
        if (!type.isJson()) {
            return success(TextNode.valueOf(new String(bytes, type.charset())));
        }
        return success(
                bytes.length == 0
                        ? NullNode.instance
                        : Json.read(new String(bytes, type.charset())));
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

    private Outcome refused(HttpResponse<InputStream> response, Headers headers, Duration time) {
        int status = response.statusCode();
        String excerpt = excerpt(response, headers, time);
        if (status / 100 == 3) {
            return done(
                    failure(
                            "The endpoint answered with a redirect (%d), and redirects are not"
                                            .formatted(status)
                                    + " followed"));
        }
        String why = "The endpoint answered with status " + status + excerpt;
        return switch (status) {
            case 429, 502, 503, 504 ->
                    new Outcome.Nobody(
                            why,
                            retryAfter(response.headers().firstValue("Retry-After").orElse(null)));
            default -> done(failure(why));
        };
    }

    private static String excerpt(
            HttpResponse<InputStream> response, Headers headers, Duration time) {
        MediaType type = MediaType.of(response.headers());
        try (BoundedBody body = new BoundedBody(response.body(), Long.MAX_VALUE, time)) {
            String text = new String(body.readNBytes(EXCERPT_BYTES), type.charset()).strip();
            return text.isEmpty() ? "" : ": " + Words.cut(headers.hide(text), EXCERPT_CHARACTERS);
        } catch (IOException e) {
            // The status says enough.
            return "";
        }
    }

    /** Seconds or a date (RFC 9110, section 10.2.3); zero if there is none that can be read. */
    private Duration retryAfter(@Nullable String value) {
        if (value == null) {
            return Duration.ZERO;
        }
        try {
            return Duration.ofSeconds(Integer.parseUnsignedInt(value.strip()));
        } catch (NumberFormatException notSeconds) {
            try {
                Instant then =
                        ZonedDateTime.parse(value.strip(), DateTimeFormatter.RFC_1123_DATE_TIME)
                                .toInstant();
                return Duration.between(backoff.now(), then);
            } catch (DateTimeParseException notADate) {
                return Duration.ZERO;
            }
        }
    }

    private Outcome tooLate() {
        return done(
                failure("The endpoint took longer than %s".formatted(Spoken.time(spec.timeout()))));
    }

    private static Outcome done(ToolResult result) {
        return new Outcome.Done(result);
    }

    private static ToolResult success(JsonNode output) {
        return new ToolResult.Success(output);
    }

    private static ToolResult failure(@Nullable String words) {
        return new ToolResult.Failure(Words.safe(words == null ? "The call failed" : words));
    }
}
