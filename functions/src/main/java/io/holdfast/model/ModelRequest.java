package io.holdfast.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.ReasoningEffort;

import java.util.List;

/**
 * One call of the model.
 *
 * @param conversation tells the conversations apart in Bedrock's invocation log; the same at each
 *     attempt
 * @param messages the conversation, oldest first; roles alternate, the first and last are the
 *     user's. Where it holds calls of tools, {@code tools} is not empty: Bedrock wants that
 * @param tools what the model may ask for; the same order each time, or its cache is of no use
 */
public record ModelRequest(
        String conversation,
        String modelId,
        String systemPrompt,
        List<ModelMessage> messages,
        List<ModelTool> tools,
        int maxOutputTokens,
        ReasoningEffort reasoningEffort) {
    public ModelRequest {
        messages = List.copyOf(messages);
        tools = List.copyOf(tools);
    }

    /**
     * The same request to another model, which answers without reasoning: one model's signed
     * thoughts are no good to another.
     */
    public ModelRequest to(String otherModel) {
        return new ModelRequest(
                conversation,
                otherModel,
                systemPrompt,
                messages.stream().map(ModelMessage::withoutReasoning).toList(),
                tools,
                maxOutputTokens,
                ReasoningEffort.NONE);
    }

    /** A message as the model gets it; it says something. */
    public record ModelMessage(Role role, List<Content> content) {
        public ModelMessage {
            content = List.copyOf(content);
        }

        ModelMessage withoutReasoning() {
            return new ModelMessage(
                    role,
                    content.stream().filter(one -> !(one instanceof Content.Reasoning)).toList());
        }
    }

    /** Who speaks; the results of tools come from the user. */
    public enum Role {
        USER,
        ASSISTANT
    }

    /** A piece of a message. */
    public sealed interface Content {

        /** Words; not blank. */
        record Text(String text) implements Content {}

        /** What the model thought, with the signature that proves that it did. */
        record Reasoning(String text, String signature) implements Content {}

        /** The model asked for a tool. */
        record ToolUse(String id, String name, ObjectNode input) implements Content {}

        /** What that came to. */
        record ToolResult(String id, JsonNode output, boolean isError) implements Content {}
    }

    /** A tool that the model may ask for; {@code input} is a JSON Schema. */
    public record ModelTool(String name, String description, ObjectNode input) {}
}
