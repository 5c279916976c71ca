package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What is done with results before they are stored, in Java, found by {@link
 * java.util.ServiceLoader}.
 *
 * <p>Name the class in {@code META-INF/services/io.holdfast.tool.ResultStep}; it must be public and
 * have a public constructor without parameters. It is made once and used by several threads.
 */
public interface ResultStep {
    /** What a configuration calls it. */
    String name();

    /**
     * Makes of a result what is stored in its place; it ends by {@link ToolCall#deadline()} itself.
     *
     * <p>It may be applied again, always with the same idempotency key, and must then come to the
     * same. What goes wrong is a {@link ToolResult.Failure}, with which the call fails: its message
     * is shown to the model and the user. What is thrown is a bug or something that passes, and the
     * step is applied again.
     *
     * @param call that brought the result
     * @param settings its own settings by configuration, empty if there are none
     */
    ToolResult apply(ToolCall call, JsonNode result, ObjectNode settings, Services services)
            throws InterruptedException;
}
