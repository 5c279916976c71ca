package io.holdfast.local.states.language;

import java.time.DateTimeException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.regex.Pattern;

/** Times as the language writes them. */
public final class Timestamps {
    // RFC 3339 with a capital T between date and time, and a capital Z if there is no offset
    // (https://states-language.net/spec.html#timestamps). The library's own format is laxer.
    private static final Pattern RFC_3339 =
            Pattern.compile(
                    "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,9})?(Z|[+-]\\d\\d:\\d\\d)");
    private static final DateTimeFormatter MILLIS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss.SSS'Z'").withZone(ZoneOffset.UTC);

    private Timestamps() {}

    /**
     * Reads a timestamp.
     *
     * @throws DateTimeException if it is none
     */
    public static Instant parse(String text) {
        if (!RFC_3339.matcher(text).matches()) {
            throw new DateTimeException("not RFC 3339");
        }
        return DateTimeFormatter.ISO_OFFSET_DATE_TIME.parse(text, Instant::from);
    }

    /** The time as the context object writes it, with milliseconds. */
    public static String format(Instant time) {
        return MILLIS.format(time);
    }
}
