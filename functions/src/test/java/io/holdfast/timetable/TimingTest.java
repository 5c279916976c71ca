package io.holdfast.timetable;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Duration;
import java.time.Instant;

@NullMarked
final class TimingTest {
    private static final Instant NOW = Instant.parse("2026-11-20T10:00:30Z");
    private static final Duration SHORTEST = Duration.ofMinutes(5);

    @ParameterizedTest(name = "{0} in {1}: {2}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    rate(5 minutes)                  | UTC           | may do
                    rate(1 hour)                     | UTC           | may do
                    rate(2 days)                     | UTC           | may do
                    rate(4 minutes)                  | UTC           | 5 minutes must lie
                    rate(1 minute)                   | UTC           | 5 minutes must lie
                    rate(0 minutes)                  | UTC           | schedule must be
                    rate(5 fortnights)               | UTC           | schedule must be
                    cron(0 8 ? * MON-FRI *)          | Europe/Berlin | may do
                    cron(0/5 * * * ? *)              | UTC           | may do
                    cron(*/15 8-17 * * ? *)          | UTC           | may do
                    cron(0,58 8 * * ? *)             | UTC           | may do
                    cron(* * * * ? *)                | UTC           | 5 minutes must lie
                    cron(0/2 * * * ? *)              | UTC           | 5 minutes must lie
                    cron(0,3 8 * * ? *)              | UTC           | 5 minutes must lie
                    cron(0-10 8 * * ? *)             | UTC           | 5 minutes must lie
                    cron(0,58 * * * ? *)             | UTC           | 5 minutes must lie
                    cron(0,58 8,9 * * ? *)           | UTC           | 5 minutes must lie
                    cron(0,59 0,23 * * ? *)          | UTC           | 5 minutes must lie
                    cron(61 3 * * ? *)               | UTC           | may do
                    cron(x 3 * * ? *)                | UTC           | may do
                    cron(0 8 * * ?)                  | UTC           | schedule must be
                    at(2026-11-20T10:00:31)          | UTC           | may do
                    at(2026-11-20T10:00:30)          | UTC           | has passed
                    at(2026-11-20T11:00:30)          | Europe/Berlin | has passed
                    at(2026-11-20T11:00:31)          | Europe/Berlin | may do
                    at(2026-02-30T11:00:31)          | UTC           | schedule must be
                    at(2026-11-20T11:00:31.5)        | UTC           | schedule must be
                    at(tomorrow)                     | UTC           | schedule must be
                    rate(5 minutes)                  | Mars/Base     | timezone must be
                    rate(5 minutes)                  | +01:00        | timezone must be
                    soon                             | UTC           | schedule must be
                    cron()                           | UTC           | schedule must be
                    'cron(0 8 ? * MON-FRI *) '       | UTC           | schedule must be
                    """)
    void saysWhetherItMayDo(String expression, String timezone, String answer) {
        assertThat(new Timing(expression, timezone).refusal(NOW, SHORTEST).orElse("may do"))
                .contains(answer);
    }

    @ParameterizedTest
    @CsvSource({"86400, rate(1 day)", "3600, 'cron(0 * * * ? *)'"})
    void theShortestIsWhatItIsToldToBe(int seconds, String expression) {
        Timing timing = new Timing(expression, "UTC");

        assertThat(timing.refusal(NOW, Duration.ofSeconds(seconds))).isEmpty();
        assertThat(timing.refusal(NOW, Duration.ofSeconds(seconds + 60))).isPresent();
    }
}
