package io.holdfast.turn;

import io.holdfast.assistant.Assistant;
import io.holdfast.assistant.Overrides;
import io.holdfast.assistant.Policy;
import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.assistant.Risk;

import org.jspecify.annotations.NullMarked;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** Assistants of tests. */
@NullMarked
final class Assistants {
    private Assistants() {}

    /** One without tools. */
    static Assistant of(String systemPrompt, String model, int maxOutputTokens) {
        Policy.Rules all = new Policy.Rules(Risk.HIGH, Risk.HIGH, List.of(), List.of(), List.of());
        return new Assistant(
                "default",
                systemPrompt,
                model,
                null,
                ReasoningEffort.NONE,
                8,
                maxOutputTokens,
                10,
                1_000,
                50_000,
                List.of(),
                List.of(),
                new Policy("default", Duration.ofDays(7), all, Map.of()),
                Overrides.NONE);
    }
}
