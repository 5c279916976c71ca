package io.holdfast.assistant;

import io.holdfast.platform.ConfigReader;

/**
 * A persona: what the model is told, which model answers, and its limits.
 *
 * @param systemPrompt what the model is told before every conversation
 * @param modelId the Bedrock model or inference profile
 * @param maxOutputTokens the longest answer of one step
 * @param maxHistoryMessages how many messages the model gets to see at most; the newest are kept
 * @param maxHistoryCharacters how much of the history it gets to see at most, as characters of JSON
 */
public record Assistant(
        String systemPrompt,
        String modelId,
        int maxOutputTokens,
        int maxHistoryMessages,
        int maxHistoryCharacters) {

    /** Reads {@code SYSTEM_PROMPT}, {@code MODEL_ID}, {@code MAX_OUTPUT_TOKENS} and the limits. */
    public static Assistant from(ConfigReader config) {
        return new Assistant(
                config.text("SYSTEM_PROMPT"),
                config.text("MODEL_ID"),
                config.positive("MAX_OUTPUT_TOKENS", 8192),
                config.positive("MAX_HISTORY_MESSAGES", 200),
                // About 100,000 tokens: half of the window of today's models.
                config.positive("MAX_HISTORY_CHARACTERS", 400_000));
    }
}
