package io.holdfast.assistant;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as they are written: a whole number and {@code s}, {@code m}, {@code h}, {@code d}. */
final class Durations {
    private static final Pattern FORM = Pattern.compile("([1-9][0-9]{0,7})([smhd])");

    private Durations() {}

    /** The duration of a text; empty if it has another form. */
    static Optional<Duration> read(String text) {
        Matcher matcher = FORM.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "s" -> Duration.ofSeconds(number);
                    case "m" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    default -> Duration.ofDays(number);
                });
    }
}
