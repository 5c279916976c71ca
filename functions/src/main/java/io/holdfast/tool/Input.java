package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** What a model's input for a tool turned out to be. */
public sealed interface Input {

    /** It fits the tool's schema. */
    record Valid(ObjectNode input) implements Input {}

    /**
     * It does not.
     *
     * @param message what is wrong and where, in words for the model; quotes no values
     */
    record Invalid(String message) implements Input {}
}
