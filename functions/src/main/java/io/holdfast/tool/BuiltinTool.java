package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The kind {@code builtin}: a tool in Java, found by {@link java.util.ServiceLoader}.
 *
 * <p>Name the class in {@code META-INF/services/io.holdfast.tool.BuiltinTool}; it must be public
 * and have a public constructor without parameters. It is made once and used by several threads.
 */
public interface BuiltinTool {
    /** What a configuration calls it; the model may know it under another name. */
    String name();

    /** What the model is told of it, if the configuration says nothing. */
    String description();

    /** The JSON Schema of its input, if the configuration has none. */
    ObjectNode input();

    /**
     * Runs one call, on the caller's thread, until {@link ToolCall#deadline()} at most.
     *
     * <p>What goes wrong with the tool is a {@link ToolResult.Failure}, whose message is shown to
     * the model and the user; what is thrown is a bug, and the call is run again.
     *
     * @param settings its own settings by configuration, empty if there are none
     */
    ToolResult run(ToolCall call, ObjectNode settings, Services services, Progress progress)
            throws InterruptedException;
}
