package io.holdfast.local.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.bedrock.ConverseRequest.Block;
import io.holdfast.local.bedrock.ConverseRequest.Message;
import io.holdfast.local.bedrock.ConverseRequest.Other;
import io.holdfast.local.bedrock.ConverseRequest.Role;
import io.holdfast.local.bedrock.ConverseRequest.Text;
import io.holdfast.local.bedrock.ConverseRequest.ToolResult;
import io.holdfast.local.bedrock.ConverseRequest.ToolSpec;
import io.holdfast.local.bedrock.ConverseRequest.ToolUse;

import java.util.List;
import java.util.Set;

/** A Converse request as one of OpenAI's chat completions. */
final class ChatRequest {
    /** Blocks that mean nothing to the other side. */
    private static final Set<String> LEFT_OUT = Set.of("reasoningContent", "cachePoint");

    private ChatRequest() {}

    static ObjectNode of(ConverseRequest request, String model) throws ModelFailure {
        ObjectNode chat = JsonNodeFactory.instance.objectNode();
        chat.put("model", model).put("stream", true);
        chat.putObject("stream_options").put("include_usage", true);
        ArrayNode messages = chat.putArray("messages");
        if (!request.system().isEmpty()) {
            messages.addObject()
                    .put("role", "system")
                    .put("content", String.join("\n", request.system()));
        }
        for (Message message : request.messages()) {
            if (message.role() == Role.USER) {
                addUser(messages, message);
            } else {
                addAssistant(messages, message);
            }
        }
        addTools(chat, request);
        addInference(chat, request.body().path("inferenceConfig"));
        return chat;
    }

    /** Results are messages of their own there, and come before what the user says besides. */
    private static void addUser(ArrayNode messages, Message message) throws ModelFailure {
        for (ToolResult result : message.blocks(ToolResult.class)) {
            String content = String.join("\n", result.content());
            messages.addObject()
                    .put("role", "tool")
                    .put("tool_call_id", result.toolUseId())
                    .put("content", result.failed() ? "Error: " + content : content);
        }
        ArrayNode parts = JsonNodeFactory.instance.arrayNode();
        for (Block block : message.content()) {
            switch (block) {
                case Text(String text) -> parts.addObject().put("type", "text").put("text", text);
                case Other(String kind, JsonNode value) -> {
                    if (!LEFT_OUT.contains(kind)) {
                        parts.addObject()
                                .put("type", "image_url")
                                .putObject("image_url")
                                .put("url", imageUrl(kind, value));
                    }
                }
                case ToolResult _, ToolUse _ -> {}
            }
        }
        if (!parts.isEmpty()) {
            ObjectNode user = messages.addObject().put("role", "user");
            if (parts.size() == message.blocks(Text.class).size()) {
                user.put("content", ScriptModel.textOf(message)); // not every server knows parts
            } else {
                user.set("content", parts);
            }
        }
    }

    private static String imageUrl(String kind, JsonNode value) throws ModelFailure {
        JsonNode bytes = value.path("source").path("bytes");
        if (!kind.equals("image") || !bytes.isTextual()) {
            throw ModelFailure.validation(
                    "This model takes text and images by their bytes, not a block of kind "
                            + kind
                            + ".");
        }
        return "data:image/" + value.path("format").asText() + ";base64," + bytes.textValue();
    }

    private static void addAssistant(ArrayNode messages, Message message) {
        ObjectNode assistant = messages.addObject().put("role", "assistant");
        String text = ScriptModel.textOf(message);
        assistant.put("content", text.isEmpty() ? null : text);
        List<ToolUse> uses = message.blocks(ToolUse.class);
        if (uses.isEmpty()) {
            return;
        }
        ArrayNode calls = assistant.putArray("tool_calls");
        for (ToolUse use : uses) {
            calls.addObject()
                    .put("id", use.toolUseId())
                    .put("type", "function")
                    .putObject("function")
                    .put("name", use.name())
                    .put("arguments", use.input().toString());
        }
    }

    private static void addTools(ObjectNode chat, ConverseRequest request) {
        if (request.tools().isEmpty()) {
            return;
        }
        ArrayNode tools = chat.putArray("tools");
        for (ToolSpec tool : request.tools()) {
            ObjectNode function = tools.addObject().put("type", "function").putObject("function");
            function.put("name", tool.name());
            if (tool.description() != null) {
                function.put("description", tool.description());
            }
            function.set("parameters", tool.inputSchema());
        }
        JsonNode choice = request.body().path("toolConfig").path("toolChoice");
        if (choice.has("any")) {
            chat.put("tool_choice", "required");
        } else if (choice.has("tool")) {
            chat.putObject("tool_choice")
                    .put("type", "function")
                    .putObject("function")
                    .put("name", choice.path("tool").path("name").asText());
        }
    }

    private static void addInference(ObjectNode chat, JsonNode config) {
        copy(config, "maxTokens", chat, "max_tokens");
        copy(config, "temperature", chat, "temperature");
        copy(config, "topP", chat, "top_p");
        copy(config, "stopSequences", chat, "stop");
    }

    private static void copy(JsonNode from, String name, ObjectNode to, String otherName) {
        if (from.hasNonNull(name) && !(from.path(name).isArray() && from.path(name).isEmpty())) {
            to.set(otherName, from.path(name));
        }
    }
}
