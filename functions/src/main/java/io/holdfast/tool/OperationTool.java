package io.holdfast.tool;

/**
 * A tool whose work an outside service does: it is offered and checked like any other, but begun by
 * its {@link OperationStart}.
 */
record OperationTool(ToolSpec spec, OperationStart start) implements Tool {

    /** Never: whoever calls this has not looked at {@link ToolSpec#operation()}. */
    @Override
    public ToolResult run(ToolCall call, Progress progress) {
        throw new IllegalStateException(
                "The tool %s is an operation, which is not run but started".formatted(spec.name()));
    }
}
