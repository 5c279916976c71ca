package io.holdfast.tool;

import io.holdfast.tool.McpConnection.Outcome;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;

/**
 * The kind {@code mcp}: a tool of an MCP server.
 *
 * <p>A call that meets a dead session is made once more on a new one, if the server cannot have
 * done it: it was never connected to, or it turned the request away because it had forgotten the
 * session. If it may have been done, only a tool that calls itself read-only or idempotent is
 * called again; for any other the failure says that nobody knows, and the model or the user
 * decides. MCP has no idempotency keys that a server must honour, so ours is no reason to repeat.
 *
 * @param remoteName what the server calls it
 * @param repeatable whether doing it twice does no harm, by the server's own words
 */
record McpTool(ToolSpec spec, String remoteName, boolean repeatable, McpPeer peer, Backoff backoff)
        implements Tool {

    @Override
    public ToolResult run(ToolCall call, Progress progress) throws InterruptedException {
        for (int attempt = 1; ; attempt++) {
            McpConnection connection;
            try {
                connection = peer.connection(backoff.left(call.deadline()));
            } catch (McpUnreachableException e) {
                return failure("The tool's server cannot be used: " + e.getMessage());
            }
            switch (connection.call(remoteName, call, progress)) {
                case Outcome.Answered(CallToolResult result) -> {
                    return switch (McpContents.result(result)) {
                        case ToolResult.Success success -> success;
                        case ToolResult.Failure(String message) ->
                                failure(connection.hide(message));
                    };
                }
                case Outcome.Late _ -> {
                    return failure("The tool took longer than " + Spoken.time(spec.timeout()));
                }
                case Outcome.Broken(McpFault.Said(String words)) -> {
                    return failure(connection.hide(words));
                }
                case Outcome.Broken(McpFault.NotDone(String why)) -> {
                    peer.drop(connection);
                    if (attempt > 1) {
                        return failure("The tool's server cannot be used: " + why);
                    }
                }
                case Outcome.Broken(McpFault.Unknown _) -> {
                    peer.drop(connection);
                    if (attempt > 1 || !repeatable) {
                        return failure(
                                "The connection to the tool's server was lost while the tool ran;"
                                        + " it may or may not have been done");
                    }
                }
            }
        }
    }

    private static ToolResult failure(String words) {
        return new ToolResult.Failure(Words.safe(words));
    }
}
