package io.holdfast.local.scheduler;

import com.cronutils.model.Cron;
import com.cronutils.model.CronType;
import com.cronutils.model.definition.CronDefinitionBuilder;
import com.cronutils.model.time.ExecutionTime;
import com.cronutils.parser.CronParser;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When a schedule is due: {@code at(2030-01-31T08:00:00)}, {@code rate(5 minutes)} or {@code cron(0
 * 8 ? * MON-FRI *)}, in a time zone (EventBridge Scheduler user guide, "Schedule types").
 */
sealed interface Recurrence {
    Pattern FORM = Pattern.compile("(at|rate|cron)\\((.*)\\)");
    Pattern RATE = Pattern.compile("([1-9][0-9]{0,8}) (minute|hour|day)s?");

    /** The service's limit (API reference, "CreateSchedule"). */
    int MAX_EXPRESSION = 256;

    /** AWS's six fields are Quartz's without the seconds: years, {@code ?}, L, W and # included. */
    CronParser QUARTZ =
            new CronParser(CronDefinitionBuilder.instanceDefinitionFor(CronType.QUARTZ));

    /**
     * The first time after another one.
     *
     * @param after not before this, and not at it
     * @param start when the schedule was made, or its StartDate if that is later
     */
    Optional<Instant> next(Instant after, Instant start);

    /** Once. A time that has passed when the schedule is made is due at once. */
    record Once(Instant time) implements Recurrence {
        @Override
        public Optional<Instant> next(Instant after, Instant start) {
            Instant due = time.isBefore(start) ? start : time;
            return due.isAfter(after) ? Optional.of(due) : Optional.empty();
        }
    }

    /** At the start, and every so often after it. */
    record Every(Duration interval) implements Recurrence {
        @Override
        public Optional<Instant> next(Instant after, Instant start) {
            if (after.isBefore(start)) {
                return Optional.of(start);
            }
            long passed = Duration.between(start, after).dividedBy(interval);
            return Optional.of(start.plus(interval.multipliedBy(passed + 1)));
        }
    }

    /** By the calendar. */
    record Calendar(Cron cron, ZoneId zone) implements Recurrence {
        @Override
        public Optional<Instant> next(Instant after, Instant start) {
            Instant from = after.isBefore(start) ? start.minusNanos(1) : after;
            return ExecutionTime.forCron(cron)
                    .nextExecution(from.atZone(zone))
                    .map(ZonedDateTime::toInstant);
        }
    }

    /** Reads the expression of a schedule's definition, as {@link #parse} does. */
    static Recurrence of(ObjectNode definition) {
        return parse(
                definition.path("ScheduleExpression").asText(),
                definition.path("ScheduleExpressionTimezone").asText("UTC"));
    }

    /**
     * Reads an expression.
     *
     * @throws SchedulerException a ValidationException if it is none, or there is no such time zone
     */
    static Recurrence parse(String expression, String timeZone) {
        Matcher form = FORM.matcher(expression);
        if (expression.length() > MAX_EXPRESSION || !form.matches()) {
            throw invalid(expression, "it must be at(…), rate(…) or cron(…)");
        }
        // An offset such as +01:00 is none to the service.
        if (!ZoneId.getAvailableZoneIds().contains(timeZone)) {
            throw SchedulerException.validation("Invalid time zone " + timeZone + ".");
        }
        ZoneId zone = ZoneId.of(timeZone);
        String inner = form.group(2);
        return switch (form.group(1)) {
            case "at" -> once(expression, inner, zone);
            case "rate" -> every(expression, inner);
            default -> calendar(expression, inner, zone);
        };
    }

    private static Recurrence once(String expression, String inner, ZoneId zone) {
        try {
            LocalDateTime time = LocalDateTime.parse(inner, DateTimeFormatter.ISO_LOCAL_DATE_TIME);
            return new Once(time.atZone(zone).toInstant());
        } catch (DateTimeException e) {
            throw invalid(expression, "its time must be yyyy-mm-ddThh:mm:ss");
        }
    }

    private static Recurrence every(String expression, String inner) {
        Matcher rate = RATE.matcher(inner);
        if (!rate.matches()) {
            throw invalid(expression, "it must be a number, and minutes, hours or days");
        }
        long value = Long.parseLong(rate.group(1));
        return new Every(
                switch (rate.group(2)) {
                    case "minute" -> Duration.ofMinutes(value);
                    case "hour" -> Duration.ofHours(value);
                    default -> Duration.ofDays(value);
                });
    }

    private static Recurrence calendar(String expression, String inner, ZoneId zone) {
        if (inner.strip().split("\\s+").length != 6) {
            throw invalid(expression, "it must have six fields");
        }
        try {
            return new Calendar(QUARTZ.parse("0 " + inner.strip()), zone);
        } catch (IllegalArgumentException e) {
            throw invalid(expression, String.valueOf(e.getMessage()));
        }
    }

    private static SchedulerException invalid(String expression, String why) {
        return SchedulerException.validation(
                "Invalid Schedule Expression " + expression + ": " + why + ".");
    }
}
