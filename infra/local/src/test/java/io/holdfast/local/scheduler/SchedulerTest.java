package io.holdfast.local.scheduler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** What is due when, on a clock that moves only when it is told to. */
class SchedulerTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Instant now = Instant.parse("2026-11-20T10:00:00Z");
    private final List<String> calls = new ArrayList<>();
    private final Scheduler scheduler = scheduler();

    private Scheduler scheduler() {
        return new Scheduler(
                () -> now,
                due ->
                        calls.add(
                                due.schedule().name()
                                        + " "
                                        + due.time().toString().substring(11, 19)));
    }

    @Test
    void aOneTimeScheduleIsCalledOnce() {
        scheduler.create("once", schedule("at(2026-11-20T10:01:00)"));

        advance(Duration.ofSeconds(59));
        assertThat(calls).isEmpty();
        advance(Duration.ofSeconds(2));
        advance(Duration.ofDays(2));

        assertThat(calls).containsExactly("once 10:01:00");
        assertThat(scheduler.get("", "once")).isNotNull();
    }

    @Test
    void aOneTimeScheduleCanEndWithItsDeletion() {
        scheduler.create(
                "once", schedule("at(2026-11-20T10:01:00)").put("ActionAfterCompletion", "DELETE"));

        advance(Duration.ofMinutes(1));

        assertThat(calls).hasSize(1);
        assertThat(scheduler.all()).isEmpty();
    }

    @Test
    void aRateIsCalledAtOnceAndThenRegularlyUntilItsEnd() {
        scheduler.create(
                "often",
                schedule("rate(1 minute)")
                        .put("EndDate", Instant.parse("2026-11-20T10:02:30Z").getEpochSecond()));

        for (int i = 0; i < 10; i++) {
            advance(Duration.ofSeconds(30));
        }

        assertThat(calls).containsExactly("often 10:00:00", "often 10:01:00", "often 10:02:00");
    }

    @Test
    void aRateWaitsForItsStart() {
        scheduler.create(
                "often",
                schedule("rate(1 minute)")
                        .put("StartDate", Instant.parse("2026-11-20T10:05:00Z").getEpochSecond()));

        advance(Duration.ofMinutes(4));
        assertThat(calls).isEmpty();
        advance(Duration.ofMinutes(1));
        assertThat(calls).containsExactly("often 10:05:00");
    }

    @Test
    void whatPassedMeanwhileIsMadeUpForOnce() {
        scheduler.create("often", schedule("rate(1 minute)"));
        advance(Duration.ZERO);

        advance(Duration.ofMinutes(10));
        advance(Duration.ofMinutes(1));

        assertThat(calls).containsExactly("often 10:00:00", "often 10:01:00", "often 10:11:00");
    }

    @Test
    void aDisabledScheduleIsNotCalledUntilItIsEnabled() {
        scheduler.create("once", schedule("at(2026-11-20T10:01:00)").put("State", "DISABLED"));
        advance(Duration.ofSeconds(30));
        scheduler.update("once", schedule("at(2026-11-20T10:02:00)"));
        advance(Duration.ofMinutes(2));

        assertThat(calls).containsExactly("once 10:02:00");
    }

    @Test
    void aOneTimeScheduleThatWasCalledIsNotCalledAgainWhenItIsChanged() {
        scheduler.create("once", schedule("at(2026-11-20T10:01:00)"));
        advance(Duration.ofMinutes(2));

        scheduler.update("once", schedule("at(2026-11-20T10:01:00)").put("Description", "new"));
        advance(Duration.ofMinutes(2));

        assertThat(calls).hasSize(1);
    }

    @Test
    void aDeletedScheduleIsNotCalled() {
        scheduler.create("once", schedule("at(2026-11-20T10:01:00)"));
        scheduler.delete("", "once");
        advance(Duration.ofMinutes(2));

        assertThat(calls).isEmpty();
    }

    @Test
    void aNameIsTakenUnlessTheTokenIsTheSame() {
        String arn = scheduler.create("x", schedule("rate(1 day)").put("ClientToken", "t"));

        assertThat(scheduler.create("x", schedule("rate(1 day)").put("ClientToken", "t")))
                .isEqualTo(arn)
                .isEqualTo("arn:aws:scheduler:us-east-1:000000000000:schedule/default/x");
        assertThatThrownBy(() -> scheduler.create("x", schedule("rate(1 day)")))
                .isInstanceOf(SchedulerException.class)
                .extracting(e -> ((SchedulerException) e).code())
                .isEqualTo("ConflictException");
    }

    @Test
    void groupsAreApart() {
        scheduler.addGroup("nightly");
        scheduler.create("x", schedule("rate(1 day)"));
        scheduler.create("x", schedule("rate(1 day)").put("GroupName", "nightly"));

        assertThat(scheduler.all())
                .extracting(Schedule::group)
                .containsExactly("default", "nightly");
        assertThatThrownBy(
                        () -> scheduler.create("x", schedule("rate(1 day)").put("GroupName", "no")))
                .hasMessage("Schedule group no does not exist.");
    }

    @ParameterizedTest(name = "{0} = {1}")
    @CsvSource(
            delimiter = '|',
            textBlock =
                    """
                    ScheduleExpression         | "soon"                  | Invalid Schedule Expression
                    ScheduleExpressionTimezone | "Mars/Base"             | Invalid time zone Mars/Base
                    FlexibleTimeWindow         | {"Mode":"SOMETIMES"}    | FlexibleTimeWindow.Mode
                    FlexibleTimeWindow         | null                    | FlexibleTimeWindow.Mode
                    Target                     | {"Arn":"arn:aws:sns:x"} | Target.Arn must be a function
                    Target                     | {"Arn":"arn:aws:sqs:x"} | Target.RoleArn is required
                    StartDate                  | "now"                   | StartDate must be a number
                    ScheduleExpressionTimezone | "+01:00"                | Invalid time zone +01:00
                    Target                     | {"Arn":"arn:aws:sqs:x","RoleArn":"r","RetryPolicy":{"MaximumEventAgeInSeconds":59}} | MaximumEventAgeInSeconds must be 60 to 86400
                    Target                     | {"Arn":"arn:aws:sqs:x","RoleArn":"r","RetryPolicy":{"MaximumRetryAttempts":186}}    | MaximumRetryAttempts must be 0 to 185
                    Target                     | {"Arn":"arn:aws:sqs:x","RoleArn":"r","DeadLetterConfig":{"Arn":"arn:aws:sns:x"}}    | DeadLetterConfig.Arn must be a queue
                    """)
    void refusesABadField(String field, String json, String why) throws Exception {
        ObjectNode definition = schedule("rate(1 day)");
        definition.set(field, JSON.readTree(json));

        assertThatThrownBy(() -> scheduler.create("x", definition))
                .isInstanceOf(SchedulerException.class)
                .hasMessageContaining(why);
    }

    @Test
    void aFileKeepsSchedulesAcrossStarts(@TempDir Path directory) {
        Path file = directory.resolve("new/schedules.json");
        scheduler.keepIn(file);
        scheduler.addGroup("g");
        scheduler.define("template", schedule("rate(1 minute)"));
        scheduler.create("daily", schedule("rate(1 day)").put("GroupName", "g"));
        scheduler.create("gone", schedule("rate(1 minute)"));
        String arn =
                scheduler.create(
                        "once", schedule("at(2026-11-20T12:00:00)").put("ClientToken", "t"));
        scheduler.update("once", schedule("at(2026-11-20T12:30:00)"));
        scheduler.delete("", "gone");
        advance(Duration.ofMinutes(1));
        calls.clear();

        Scheduler next = scheduler();
        next.define("template", schedule("rate(1 hour)"));
        next.keepIn(file);
        next.addGroup("g");
        assertThat(next.all())
                .extracting(Schedule::name)
                .containsExactly("once", "template", "daily");
        assertThat(next.get("g", "daily")).isEqualTo(scheduler.get("g", "daily"));
        assertThat(next.get("", "once")).isEqualTo(scheduler.get("", "once"));
        assertThat(next.create("once", schedule("rate(1 day)").put("ClientToken", "t")))
                .isEqualTo(arn);
        next.delete("", "template");
        now = Instant.parse("2026-11-22T00:00:00Z");
        next.fireDue();
        next.fireDue();

        // Once for all that was missed.
        assertThat(calls).containsExactly("once 12:30:00", "daily 10:00:00");
        calls.clear();
        Scheduler last = scheduler();
        last.keepIn(file);
        last.fireDue();
        assertThat(calls).isEmpty();
        assertThat(last.all()).extracting(Schedule::name).containsExactly("once", "daily");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[{",
                "{}",
                "[{}]",
                "[1]",
                "[{\"name\": \"n\", \"group\": \"g\", \"start\": \"soon\"}]"
            })
    void aFileOfSomethingElseIsNotTakenUp(String text, @TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("schedules.json"), text);

        assertThatThrownBy(() -> scheduler.keepIn(file))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("Remove it");
        assertThat(file).hasContent(text);
    }

    private void advance(Duration by) {
        now = now.plus(by);
        scheduler.fireDue();
    }

    private static ObjectNode schedule(String expression) {
        ObjectNode schedule = JSON.createObjectNode().put("ScheduleExpression", expression);
        schedule.putObject("FlexibleTimeWindow").put("Mode", "OFF");
        schedule.putObject("Target")
                .put("Arn", "arn:aws:sqs:us-east-1:000000000000:jobs")
                .put("RoleArn", "arn:aws:iam::000000000000:role/r");
        return schedule;
    }
}
