package io.holdfast.timetable;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.time.format.ResolverStyle;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * When a schedule fires.
 *
 * @param expression {@code at(…)}, {@code rate(…)} or {@code cron(…)} as EventBridge Scheduler
 *     writes them (its user guide, "Schedule types")
 * @param timezone an IANA name, {@code Europe/Berlin}
 */
public record Timing(String expression, String timezone) {
    private static final String RULE =
            "schedule must be cron(minutes hours day-of-month month day-of-week year), as in"
                    + " cron(0 8 ? * MON-FRI *), or rate(1 hour), or at(2030-01-31T08:00:00).";

    /** EventBridge Scheduler takes 256 characters (API reference, "CreateSchedule"). */
    private static final Pattern FORM = Pattern.compile("(at|rate|cron)\\(([ -~]{1,240})\\)");

    private static final Pattern RATE = Pattern.compile("([1-9]\\d{0,4}) (minute|hour|day)s?");

    /**
     * One of several with commas between them: {@code *}, {@code 5}, {@code 5-20}, {@code 0/15}.
     */
    private static final Pattern ITEM =
            Pattern.compile("(?:\\*|(\\d{1,2})(?:-(\\d{1,2}))?)(?:/([1-9]\\d?))?");

    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss")
                    .withResolverStyle(ResolverStyle.STRICT);

    private static final int MINUTES_OF_DAY = 24 * 60;

    /**
     * What is wrong with it and what to do, in words for the client; empty if it may do. What this
     * lets pass, EventBridge Scheduler may still refuse.
     *
     * @param now nothing fires before it
     * @param shortest the least time between two firings
     */
    Optional<String> refusal(Instant now, Duration shortest) {
        Matcher form = FORM.matcher(expression);
        if (!form.matches()) {
            return Optional.of(RULE);
        }
        if (!ZoneId.getAvailableZoneIds().contains(timezone)) {
            return Optional.of("timezone must be an IANA name such as Europe/Berlin, or UTC.");
        }
        String inner = form.group(2);
        return switch (form.group(1)) {
            case "at" -> once(inner, now);
            case "rate" -> every(inner, shortest);
            default -> byCalendar(inner, shortest);
        };
    }

    private Optional<String> once(String inner, Instant now) {
        try {
            Instant time = LocalDateTime.parse(inner, TIME).atZone(ZoneId.of(timezone)).toInstant();
            return time.isAfter(now)
                    ? Optional.empty()
                    : Optional.of("schedule names a time that has passed: choose a later one.");
        } catch (DateTimeException e) {
            return Optional.of(RULE);
        }
    }

    private static Optional<String> every(String inner, Duration shortest) {
        Matcher rate = RATE.matcher(inner);
        if (!rate.matches()) {
            return Optional.of(RULE);
        }
        long value = Long.parseLong(rate.group(1));
        Duration interval =
                switch (rate.group(2)) {
                    case "minute" -> Duration.ofMinutes(value);
                    case "hour" -> Duration.ofHours(value);
                    default -> Duration.ofDays(value);
                };
        return tooOften(interval, shortest);
    }

    private static Optional<String> byCalendar(String inner, Duration shortest) {
        String[] fields = inner.strip().split(" +", -1);
        return fields.length == 6
                ? gap(fields[0], fields[1]).flatMap(gap -> tooOften(gap, shortest))
                : Optional.of(RULE);
    }

    private static Optional<String> tooOften(Duration gap, Duration shortest) {
        return gap.compareTo(shortest) >= 0
                ? Optional.empty()
                : Optional.of(
                        "schedule fires too often: %d minutes must lie between two firings."
                                .formatted(shortest.toMinutes()));
    }

    /**
     * The least time between two firings of a day, or of a day and the next; empty if the fields
     * cannot be read.
     */
    private static Optional<Duration> gap(String minutes, String hours) {
        NavigableSet<Integer> ofHour = values(minutes, 59);
        NavigableSet<Integer> ofDay = new TreeSet<>();
        values(hours, 23).forEach(hour -> ofHour.forEach(minute -> ofDay.add(hour * 60 + minute)));
        if (ofDay.isEmpty()) {
            return Optional.empty();
        }
        int least = MINUTES_OF_DAY + ofDay.first() - ofDay.last();
        for (int time : ofDay.headSet(ofDay.last(), false)) {
            Integer next = ofDay.higher(time);
            least = next == null ? least : Math.min(least, next - time);
        }
        return Optional.of(Duration.ofMinutes(least));
    }

    /** The values that a field of a cron expression stands for; none if it cannot be read. */
    private static NavigableSet<Integer> values(String field, int most) {
        NavigableSet<Integer> values = new TreeSet<>();
        for (String item : field.split(",", -1)) {
            Matcher form = ITEM.matcher(item);
            if (!form.matches()) {
                return new TreeSet<>();
            }
            boolean isOne = form.group(1) != null && form.group(2) == null && form.group(3) == null;
            int first = form.group(1) == null ? 0 : Integer.parseInt(form.group(1));
            int last = form.group(2) == null ? most : Integer.parseInt(form.group(2));
            int step = form.group(3) == null ? 1 : Integer.parseInt(form.group(3));
            for (int value = first; value <= Math.min(isOne ? first : last, most); value += step) {
                values.add(value);
            }
        }
        return values;
    }
}
