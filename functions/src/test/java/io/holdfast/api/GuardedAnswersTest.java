package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.Json;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import java.time.Duration;

/** What every answer tells browsers, and whoever asks too often. */
@NullMarked
final class GuardedAnswersTest {

    @Test
    void everyAnswerTellsBrowsersToTakeItForDataAlone() {
        for (HttpResponse answer :
                new HttpResponse[] {
                    HttpResponse.ok(Json.object()),
                    HttpResponse.problem(Problem.INTERNAL, "No."),
                    HttpResponse.tooManyRequests(Duration.ofSeconds(1)),
                    Description.answer()
                }) {
            JsonNode headers = answer.encode().path("headers");
            assertThat(headers.path("x-content-type-options").asText()).isEqualTo("nosniff");
            assertThat(headers.path("content-security-policy").asText())
                    .isEqualTo("default-src 'none'; frame-ancestors 'none'");
            assertThat(headers.path("referrer-policy").asText()).isEqualTo("no-referrer");
            assertThat(headers.path("strict-transport-security").asText()).startsWith("max-age=");
        }
    }

    @Test
    void whoeverAsksTooOftenIsToldWholeSecondsThatAreEnough() {
        assertThat(retryAfter(Duration.ofMillis(1))).isEqualTo("1");
        assertThat(retryAfter(Duration.ofSeconds(1))).isEqualTo("1");
        assertThat(retryAfter(Duration.ofMillis(1_001))).isEqualTo("2");
    }

    private static String retryAfter(Duration wait) {
        return HttpResponse.tooManyRequests(wait)
                .encode()
                .path("headers")
                .path("retry-after")
                .asText();
    }
}
