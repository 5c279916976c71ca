package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.Json;

import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

@NullMarked
final class HealthRoutesTest {
    private final AtomicInteger asked = new AtomicInteger();
    private volatile boolean recordIsAway;
    private volatile Instant now = Instant.parse("2026-11-26T08:00:00Z");

    private final HealthRoutes health =
            new HealthRoutes(
                    Map.of(
                            "record",
                            () -> {
                                asked.incrementAndGet();
                                if (recordIsAway) {
                                    throw new IllegalStateException("away");
                                }
                            },
                            "streams",
                            () -> {}),
                    () -> now);

    @Test
    void asksNobodyUnlessItIsToldTo() {
        recordIsAway = true;

        HttpResponse answer = health.answer(request(null));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("{\"status\":\"ok\"}");
        assertThat(asked).hasValue(0);
    }

    @Test
    void saysThatAllAnswer() {
        HttpResponse answer = health.answer(request("true"));

        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body())
                .contains("\"record\":\"ok\"", "\"streams\":\"ok\"", "\"status\":\"ok\"");
    }

    @Test
    void namesWhatDoesNotAnswerAndAsksAnewAfterSomeSeconds() {
        recordIsAway = true;
        HttpResponse away = health.answer(request("true"));
        assertThat(away.status()).isEqualTo(503);
        assertThat(away.body())
                .contains("/problems/unhealthy", "No answer from: record.")
                .doesNotContain("streams");

        recordIsAway = false;
        now = now.plus(Duration.ofSeconds(4));
        assertThat(health.answer(request("true")).status()).isEqualTo(503);
        assertThat(asked).hasValue(1);

        now = now.plus(Duration.ofSeconds(2));
        assertThat(health.answer(request("true")).status()).isEqualTo(200);
        assertThat(asked).hasValue(2);
    }

    @Test
    void refusesAnotherWish() {
        assertThat(health.answer(request("yes")).status()).isEqualTo(400);
    }

    private static HttpRequest request(@Nullable String deep) {
        var event = Json.object();
        if (deep != null) {
            event.putObject("queryStringParameters").put("deep", deep);
        }
        return new HttpRequest(event);
    }
}
