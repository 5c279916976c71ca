package io.holdfast.assistant;

import io.holdfast.platform.ConfigReader;
import io.holdfast.session.ContextProvider;
import io.holdfast.session.Session;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * A persona: what the model is told, which models answer, what they may use, and the limits.
 *
 * @param name what a message or a session calls it
 * @param systemPrompt a template of what the model is told before every conversation
 * @param model the Bedrock model or inference profile
 * @param finalModel writes the last answer from the tools' results, absent if {@code model} does
 * @param maxSteps calls of the model within one turn
 * @param maxOutputTokens the longest answer of one step
 * @param maxHistoryMessages how many messages the model gets to see at most; the newest are kept
 * @param maxHistoryCharacters how much of the history it gets to see at most, as characters of JSON
 * @param maxResultCharacters how much of one tool's result the model gets to see
 * @param tools names of the tools that it may use, in which {@code *} stands for any characters
 * @param context names of the context providers whose words follow the system prompt
 * @param contextLimits how much of them the model gets to see
 * @param onBusy what becomes of a message that comes while another is answered, unless it says
 * @param titles whether a model writes a session's title after its first answer
 */
public record Assistant(
        String name,
        String systemPrompt,
        String model,
        @Nullable String finalModel,
        ReasoningEffort reasoningEffort,
        int maxSteps,
        int maxOutputTokens,
        int maxHistoryMessages,
        int maxHistoryCharacters,
        int maxResultCharacters,
        List<String> tools,
        List<String> context,
        ContextLimits contextLimits,
        Policy policy,
        Overrides overrides,
        OnBusy onBusy,
        boolean titles) {
    public Assistant {
        tools = List.copyOf(tools);
        context = List.copyOf(context);
    }

    /** Whether a context provider's words go into the prompts of a conversation. */
    public boolean tells(ContextProvider provider, Session session) {
        return context.contains(provider.wireName()) && !session.off().contains(provider);
    }

    /** Reads {@code SYSTEM_PROMPT}, {@code MODEL_ID} and {@code MAX_OUTPUT_TOKENS}. */
    public static Assistant from(ConfigReader config) {
        Policy.Rules all = new Policy.Rules(Risk.HIGH, Risk.HIGH, List.of(), List.of(), List.of());
        return new Assistant(
                "default",
                config.text("SYSTEM_PROMPT"),
                config.text("MODEL_ID"),
                null,
                ReasoningEffort.NONE,
                8,
                config.positive("MAX_OUTPUT_TOKENS", 8192),
                200,
                400_000,
                50_000,
                List.of(),
                List.of(),
                ContextLimits.DEFAULT,
                new Policy("default", Duration.ofDays(7), all, Map.of()),
                Overrides.NONE,
                OnBusy.REJECT,
                true);
    }
}
