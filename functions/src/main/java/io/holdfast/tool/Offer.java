package io.holdfast.tool;

/**
 * A tool as a caller may use it.
 *
 * @param asks whether a human must confirm each call
 */
public record Offer(ToolSpec spec, boolean asks) {}
