package io.holdfast.local.bedrock;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * A request that passed Bedrock's checks.
 *
 * @param modelId the model or inference profile, decoded
 * @param messages at least one; the roles alternate, the first and the last are the user's
 * @param system the texts of the system prompt
 * @param tools the tools that the model may ask for
 * @param body the whole request as it came, for what has no field here
 */
public record ConverseRequest(
        String modelId,
        List<Message> messages,
        List<String> system,
        List<ToolSpec> tools,
        JsonNode body) {

    /** Copies the lists. */
    public ConverseRequest {
        messages = List.copyOf(messages);
        system = List.copyOf(system);
        tools = List.copyOf(tools);
    }

    /** Who said a message. */
    public enum Role {
        USER,
        ASSISTANT
    }

    /** One message of the conversation. */
    public record Message(Role role, List<Block> content) {
        /** Copies the content. */
        public Message {
            content = List.copyOf(content);
        }

        /** The blocks of one kind, in order. */
        public <T extends Block> List<T> blocks(Class<T> kind) {
            return content.stream().filter(kind::isInstance).map(kind::cast).toList();
        }
    }

    /** One content block. */
    public sealed interface Block {}

    /** Words. */
    public record Text(String text) implements Block {}

    /** A tool call that the model asked for. */
    public record ToolUse(String toolUseId, String name, JsonNode input) implements Block {}

    /** What a tool call came to: texts as they are, JSON compact. */
    public record ToolResult(String toolUseId, List<String> content, boolean failed)
            implements Block {
        /** Copies the content. */
        public ToolResult {
            content = List.copyOf(content);
        }
    }

    /** Any other block: {@code image}, {@code document}, {@code reasoningContent}, … */
    public record Other(String kind, JsonNode value) implements Block {}

    /** A tool that the model may ask for. */
    public record ToolSpec(String name, @Nullable String description, JsonNode inputSchema) {}
}
