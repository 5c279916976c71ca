package io.holdfast.assistant;

/**
 * How much of each context provider the model gets to see.
 *
 * @param subject of the state of what the conversation is about, in characters
 * @param profile of what the user has written about themselves
 * @param memory of the notes about the user
 */
public record ContextLimits(int subject, int profile, int memory) {
    /** Some two thousand tokens for what changes most, and for all notes of an ordinary user. */
    public static final ContextLimits DEFAULT = new ContextLimits(8_000, 4_000, 8_000);
}
