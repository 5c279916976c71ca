package io.holdfast.local.mcp;

import io.holdfast.local.gateway.LocalResponse;
import io.holdfast.local.gateway.LocalRoute;

import java.io.IOException;
import java.util.List;

/**
 * Stops and starts the MCP server while the system runs: {@code POST /local/mcp/stop} and {@code
 * POST /local/mcp/start}. Both answer when it is done.
 */
public final class McpRoutes {
    private McpRoutes() {}

    /** The routes. */
    public static List<LocalRoute> of(McpEverything server) {
        return List.of(
                new LocalRoute(
                        "POST",
                        "/local/mcp/stop",
                        request -> {
                            server.stop();
                            return LocalResponse.json(200, "{\"running\":false}");
                        }),
                new LocalRoute("POST", "/local/mcp/start", request -> start(server)));
    }

    private static LocalResponse start(McpEverything server) {
        try {
            server.start();
            return LocalResponse.json(200, "{\"running\":true}");
        } catch (IOException e) {
            return LocalResponse.text(500, String.valueOf(e.getMessage()));
        }
    }
}
