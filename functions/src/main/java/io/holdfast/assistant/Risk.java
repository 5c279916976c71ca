package io.holdfast.assistant;

import java.util.Locale;

/** What a tool can do wrong; from low to high, in this order. */
public enum Risk {
    LOW,
    MEDIUM,
    HIGH;

    /** The name in configuration. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
