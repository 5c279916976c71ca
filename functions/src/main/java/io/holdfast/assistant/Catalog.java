package io.holdfast.assistant;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All assistants, and the tools, MCP servers, sources of subjects and prices that they share.
 *
 * @param defaultAssistant for conversations that name none; one of the assistants
 * @param assistants by name
 * @param tools by name
 * @param subjects where the state of subjects is fetched, by their kinds
 */
public record Catalog(
        String defaultAssistant,
        Map<String, Assistant> assistants,
        Map<String, ToolConfig> tools,
        List<McpServer> mcpServers,
        Map<String, SubjectSource> subjects,
        Prices prices) {
    public Catalog {
        assistants = Map.copyOf(assistants);
        tools = Map.copyOf(tools);
        mcpServers = List.copyOf(mcpServers);
        subjects = Map.copyOf(subjects);
    }

    /** The assistant of a name; empty if there is none. */
    public Optional<Assistant> assistant(String name) {
        return Optional.ofNullable(assistants.get(name));
    }
}
