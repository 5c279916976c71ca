package io.holdfast.assistant;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What is done with a tool's result before it is stored.
 *
 * @param step the name under which the step offers itself
 * @param settings its own settings, empty if it has none
 */
public record ResultConfig(String step, ObjectNode settings) {}
