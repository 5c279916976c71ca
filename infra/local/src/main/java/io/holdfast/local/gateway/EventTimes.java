package io.holdfast.local.gateway;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Times as events carry them: {@code 09/Feb/2021:18:23:28 +0000}. */
final class EventTimes {
    private static final DateTimeFormatter FORMAT =
            DateTimeFormatter.ofPattern("dd/MMM/yyyy:HH:mm:ss Z", Locale.ENGLISH)
                    .withZone(ZoneOffset.UTC);

    private EventTimes() {}

    static String format(Instant time) {
        return FORMAT.format(time);
    }
}
