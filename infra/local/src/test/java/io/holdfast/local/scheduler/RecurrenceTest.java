package io.holdfast.local.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.time.Instant;

class RecurrenceTest {
    /** A Friday. */
    private static final Instant START = Instant.parse("2026-11-20T10:00:30Z");

    @ParameterizedTest(name = "{0} in {1} after {2}: {3}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    at(2026-11-20T12:00:00)      | UTC           | 2026-11-20T10:00:30Z | 2026-11-20T12:00:00Z
                    at(2026-11-20T12:00:00)      | Europe/Berlin | 2026-11-20T10:00:30Z | 2026-11-20T11:00:00Z
                    at(2026-11-20T12:00:00)      | UTC           | 2026-11-20T12:00:00Z | never
                    at(2020-01-01T00:00:00)      | UTC           | 2026-11-20T10:00:29Z | 2026-11-20T10:00:30Z
                    rate(5 minutes)              | UTC           | 2026-11-20T10:00:29Z | 2026-11-20T10:00:30Z
                    rate(5 minutes)              | UTC           | 2026-11-20T10:00:30Z | 2026-11-20T10:05:30Z
                    rate(5 minutes)              | UTC           | 2026-11-20T10:12:00Z | 2026-11-20T10:15:30Z
                    rate(1 hour)                 | UTC           | 2026-11-20T10:30:00Z | 2026-11-20T11:00:30Z
                    rate(2 days)                 | UTC           | 2026-11-20T10:00:30Z | 2026-11-22T10:00:30Z
                    cron(0 3 * * ? *)            | UTC           | 2026-11-20T10:00:30Z | 2026-11-21T03:00:00Z
                    cron(0 3 * * ? *)            | Europe/Berlin | 2026-11-20T10:00:30Z | 2026-11-21T02:00:00Z
                    cron(0/15 * * * ? *)         | UTC           | 2026-11-20T10:00:30Z | 2026-11-20T10:15:00Z
                    cron(0 8 ? * MON-FRI *)      | UTC           | 2026-11-20T10:00:30Z | 2026-11-23T08:00:00Z
                    cron(0 8 ? * 1 *)            | UTC           | 2026-11-20T10:00:30Z | 2026-11-22T08:00:00Z
                    cron(0 8 ? * 6L *)           | UTC           | 2026-11-20T10:00:30Z | 2026-11-27T08:00:00Z
                    cron(0 8 ? * MON#1 *)        | UTC           | 2026-11-20T10:00:30Z | 2026-12-07T08:00:00Z
                    cron(0 8 L * ? *)            | UTC           | 2026-11-20T10:00:30Z | 2026-11-30T08:00:00Z
                    cron(0 8 1 1 ? 2030)         | UTC           | 2026-11-20T10:00:30Z | 2030-01-01T08:00:00Z
                    cron(0 8 1 1 ? 2020)         | UTC           | 2026-11-20T10:00:30Z | never
                    """)
    void isDueNext(String expression, String zone, Instant after, String next) {
        assertThat(
                        Recurrence.parse(expression, zone)
                                .next(after, START)
                                .map(Instant::toString)
                                .orElse("never"))
                .isEqualTo(next);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    soon                      | it must be at(…), rate(…) or cron(…)
                    at(tomorrow)              | its time must be yyyy-mm-ddThh:mm:ss
                    rate(0 minutes)           | it must be a number, and minutes, hours or days
                    rate(5 fortnights)        | it must be a number, and minutes, hours or days
                    cron(0 3 * * ?)           | it must have six fields
                    cron(0 3 * * * *)         | Invalid Schedule Expression cron(0 3 * * * *)
                    cron(61 3 * * ? *)        | Invalid Schedule Expression cron(61 3 * * ? *)
                    """)
    void refuses(String expression, String why) {
        assertThatThrownBy(() -> Recurrence.parse(expression, "UTC"))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining(why);
    }
}
