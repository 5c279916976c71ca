package io.holdfast.tool;

/** An MCP server does not answer, or not as MCP has it; the message says why, without secrets. */
final class McpUnreachableException extends Exception {
    private static final long serialVersionUID = 1L;

    McpUnreachableException(String why) {
        // No cause: it may quote the request with its headers, and it goes nowhere but into a log.
        super(why);
    }
}
