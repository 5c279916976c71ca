package io.holdfast.local.states.language;

import org.jspecify.annotations.Nullable;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/**
 * How a state is left. Every expression sees the variables as they were when the state was entered.
 *
 * @param assign the variables to set, by name
 * @param output the output, or absent for the default one
 * @param next the next state, or absent at an end
 */
public record Exit(
        SequencedMap<String, Template> assign, @Nullable Template output, @Nullable String next) {
    static final Exit NONE = new Exit(new LinkedHashMap<>(), null, null);

    Exit(Map<String, Template> assign, @Nullable Template output, @Nullable String next) {
        this(new LinkedHashMap<>(assign), output, next);
    }
}
