package io.holdfast.tool;

import com.fasterxml.jackson.core.JsonProcessingException;

import io.holdfast.assistant.ToolKind;
import io.holdfast.platform.Json;
import io.holdfast.tool.BoundedBody.BodyTooLongException;
import io.holdfast.tool.BoundedBody.BodyTooSlowException;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;

/** A configured HTTP endpoint, to which JSON is posted. */
final class HttpEndpoint {
    /** Enough of a failed answer's body to see what it is about. */
    private static final int EXCERPT_BYTES = 4_000;

    private static final int EXCERPT_CHARACTERS = 500;

    private final ToolSpec spec;
    private final ToolKind.Http kind;
    private final GuardedHttp http;
    private final Secrets secrets;
    private final Backoff backoff;

    HttpEndpoint(
            ToolSpec spec, ToolKind.Http kind, GuardedHttp http, Secrets secrets, Backoff backoff) {
        this.spec = spec;
        this.kind = kind;
        this.http = http;
        this.secrets = secrets;
        this.backoff = backoff;
    }

    /** Makes something of an answer. */
    @FunctionalInterface
    interface Reader<T> {
        /** Whether it reads answers of a status; others are failures. */
        default boolean takes(int status) {
            return status / 100 == 2;
        }

        T read(HttpResponse<?> response, BoundedBody body) throws IOException;
    }

    /** Posts a request's JSON until {@link Request#deadline()} at most, and reads the answer. */
    <T> Reply<T> post(Request request, Repeat repeat, Reader<T> reader)
            throws InterruptedException {
        Headers headers = Headers.of(kind.headers(), secrets);
        for (int attempt = 1; ; attempt++) {
            switch (attempt(request, headers, repeat, reader)) {
                case Outcome.Last<T>(Reply<T> reply) -> {
                    return reply;
                }
                case Outcome.Again<T>(Reply<T> reply, Duration retryAfter) -> {
                    if (attempt > kind.retries()
                            || !backoff.pause(attempt, retryAfter, request.deadline())) {
                        return reply;
                    }
                }
            }
        }
    }

    private sealed interface Outcome<T> {
        record Last<T>(Reply<T> reply) implements Outcome<T> {}

        /** It may go better next time; the reply is for when there is none. */
        record Again<T>(Reply<T> reply, Duration retryAfter) implements Outcome<T> {}
    }

    private <T> Outcome<T> attempt(
            Request request, Headers headers, Repeat repeat, Reader<T> reader)
            throws InterruptedException {
        Duration left = backoff.left(request.deadline());
        if (!left.isPositive()) {
            return tooLate(request);
        }
        HttpResponse<InputStream> response;
        try {
            response = http.send(post(request, headers, left), kind.allowPrivateAddresses());
        } catch (AddressRefusedException e) {
            return last(RefusalKind.REJECTED, e.getMessage());
        } catch (HttpConnectTimeoutException e) {
            return again("The endpoint cannot be reached");
        } catch (HttpTimeoutException e) {
            return tooLate(request);
        } catch (IOException e) {
            // Also a kept connection that the other side has closed meanwhile: Lambda may have
            // frozen us for minutes.
            return again("The endpoint cannot be reached, or it closed the connection");
        }
        Duration time = backoff.left(request.deadline());
        if (!reader.takes(response.statusCode())) {
            return refused(response, headers, repeat, time);
        }
        try (BoundedBody body = new BoundedBody(response.body(), kind.maxResponseBytes(), time)) {
            return new Outcome.Last<>(new Reply.Done<>(reader.read(response, body)));
        } catch (BodyTooLongException e) {
            return last(
                    RefusalKind.REJECTED,
                    "The endpoint's answer is longer than %d bytes"
                            .formatted(kind.maxResponseBytes()));
        } catch (BodyTooSlowException e) {
            return tooLate(request);
        } catch (JsonProcessingException e) {
            return last(RefusalKind.REJECTED, "The endpoint's answer claims to be JSON and is not");
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            // It has begun to answer, so it has done the work.
            String words = "The endpoint's answer broke off";
            return switch (repeat) {
                case WHAT_FOUND_NOBODY -> last(RefusalKind.UNREACHABLE, words);
                case WHAT_MAY_PASS -> again(words);
            };
        }
    }

    private HttpRequest post(Request request, Headers headers, Duration timeout) {
        HttpRequest.Builder post =
                HttpRequest.newBuilder(kind.url())
                        .timeout(timeout)
                        .header("Accept", "application/json, application/x-ndjson, text/*")
                        .POST(BodyPublishers.ofString(Json.write(request.json())));
        headers.setOn(post);
        // After the configured ones: these are ours.
        post.setHeader("Content-Type", "application/json")
                .setHeader("Idempotency-Key", request.idempotencyKey());
        ToolCall call = request.call();
        if (call != null) {
            post.setHeader("X-Holdfast-Turn", call.turn().value())
                    .setHeader("X-Holdfast-Session", call.session().value())
                    .setHeader("X-Holdfast-Call", call.id());
        }
        return post.build();
    }

    private <T> Outcome<T> refused(
            HttpResponse<InputStream> response, Headers headers, Repeat repeat, Duration time) {
        int status = response.statusCode();
        String excerpt = excerpt(response, headers, time);
        if (status / 100 == 3) {
            return last(
                    RefusalKind.REJECTED,
                    "The endpoint answered with a redirect (%d), and redirects are not followed"
                            .formatted(status));
        }
        Reply<T> reply =
                new Reply.Failed<>(
                        RefusalKind.ofStatus(status),
                        "The endpoint answered with status " + status + excerpt);
        return repeat.follows(status)
                ? new Outcome.Again<>(
                        reply,
                        retryAfter(response.headers().firstValue("Retry-After").orElse(null)))
                : new Outcome.Last<>(reply);
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

    private <T> Outcome<T> tooLate(Request request) {
        return last(
                RefusalKind.TIMEOUT,
                request.call() == null
                        ? "The endpoint has not answered in time"
                        : "The endpoint took longer than " + Spoken.time(spec.timeout()));
    }

    private static <T> Outcome<T> last(RefusalKind kind, @Nullable String words) {
        return new Outcome.Last<>(
                new Reply.Failed<>(kind, words == null ? "The call failed" : words));
    }

    private static <T> Outcome<T> again(String words) {
        return new Outcome.Again<>(
                new Reply.Failed<>(RefusalKind.UNREACHABLE, words), Duration.ZERO);
    }
}
