package io.holdfast.assistant;

import java.util.List;
import java.util.Set;

/**
 * What a message may choose instead of the assistant's own.
 *
 * @param models models that may be chosen, beside the assistant's own; {@code *} stands for any
 *     characters
 * @param reasoningEfforts efforts that may be chosen, beside the assistant's own
 */
public record Overrides(List<String> models, Set<ReasoningEffort> reasoningEfforts) {
    /** Nothing may be chosen. */
    public static final Overrides NONE = new Overrides(List.of(), Set.of());

    public Overrides {
        models = List.copyOf(models);
        reasoningEfforts = Set.copyOf(reasoningEfforts);
    }
}
