package io.holdfast.assistant;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * An MCP server over streamable HTTP, whose tools are offered under a prefix.
 *
 * @param name what the configuration calls it
 * @param prefix put before the names of its tools; may be empty
 * @param risk of those of its tools that {@code risks} does not name
 * @param risks by the names of its tools, without the prefix
 * @param resources URIs of its resources whose text goes into the system prompt
 * @param prompts names of its prompts (without arguments) whose text goes into the system prompt
 * @param timeout how long one call of a tool may take
 */
public record McpServer(
        String name,
        URI url,
        String prefix,
        Risk risk,
        Map<String, Risk> risks,
        Map<String, HeaderValue> headers,
        boolean allowPrivateAddresses,
        List<String> resources,
        List<String> prompts,
        Duration timeout) {
    public McpServer {
        risks = Map.copyOf(risks);
        headers = Map.copyOf(headers);
        resources = List.copyOf(resources);
        prompts = List.copyOf(prompts);
    }
}
