package io.holdfast.tool;

/** Something that an assistant can do. Safe for several threads. */
public interface Tool {

    /** What it is and takes. */
    ToolSpec spec();

    /**
     * Runs one call, on the caller's thread, until {@link ToolCall#deadline()} at most.
     *
     * <p>What goes wrong with the tool is a {@link ToolResult.Failure}; what is thrown is a bug of
     * ours, or of the way to it, and the call is run again with the same idempotency key.
     *
     * @param progress takes preliminary outputs
     */
    ToolResult run(ToolCall call, Progress progress) throws InterruptedException;
}
