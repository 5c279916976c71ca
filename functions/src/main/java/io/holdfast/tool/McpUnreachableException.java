package io.holdfast.tool;

/** An MCP server does not answer, or not as MCP has it; the message says why, without secrets. */
final class McpUnreachableException extends Exception {
    private static final long serialVersionUID = 1L;

    private final boolean answered;

    McpUnreachableException(String why) {
        this(why, false);
    }

    /**
     * Says why.
     *
     * @param answered whether the server has answered, with an error: its session is alive
     */
    McpUnreachableException(String why, boolean answered) {
        // No cause: it may quote the request with its headers, and it goes nowhere but into a log.
        super(why);
        this.answered = answered;
    }

    boolean answered() {
        return answered;
    }
}
