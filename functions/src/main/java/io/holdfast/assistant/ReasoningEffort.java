package io.holdfast.assistant;

import java.util.Locale;
import java.util.Optional;

/** How hard a model thinks before it answers. */
public enum ReasoningEffort {
    NONE,
    LOW,
    MEDIUM,
    HIGH;

    /** The name in configuration, frames and metadata. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The effort of a name; empty if there is none. */
    public static Optional<ReasoningEffort> of(String name) {
        for (ReasoningEffort effort : values()) {
            if (effort.wireName().equals(name)) {
                return Optional.of(effort);
            }
        }
        return Optional.empty();
    }
}
