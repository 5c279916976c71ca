package io.holdfast.local.bedrock;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;

import io.holdfast.local.bedrock.ConverseRequest.Block;
import io.holdfast.local.bedrock.ConverseRequest.Message;
import io.holdfast.local.bedrock.ConverseRequest.Other;
import io.holdfast.local.bedrock.ConverseRequest.Role;
import io.holdfast.local.bedrock.ConverseRequest.Text;
import io.holdfast.local.bedrock.ConverseRequest.ToolResult;
import io.holdfast.local.bedrock.ConverseRequest.ToolSpec;
import io.holdfast.local.bedrock.ConverseRequest.ToolUse;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads a request body and refuses what Bedrock refuses, in its words where they are known. The
 * messages are those that the service is seen to send; the patterns and ranges are those of its API
 * reference.
 */
final class RequestReader {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Pattern TOOL_NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
    private static final Pattern TOOL_USE_ID = Pattern.compile("[a-zA-Z0-9_.:-]{1,64}");

    private RequestReader() {}

    static ConverseRequest read(String modelId, byte[] body) throws ModelFailure {
        JsonNode root;
        try {
            root = JSON.readTree(body);
        } catch (IOException _) { // it quotes the body
            throw ModelFailure.validation("Malformed input request, not JSON.");
        }
        if (!root.isObject()) {
            throw ModelFailure.validation("Malformed input request: expected a JSON object.");
        }
        checkInference(root.path("inferenceConfig"));
        ConverseRequest request =
                new ConverseRequest(
                        modelId,
                        messages(root.path("messages")),
                        system(root.path("system")),
                        tools(root.path("toolConfig")),
                        root);
        ConversationRules.check(request);
        return request;
    }

    private static List<Message> messages(JsonNode array) throws ModelFailure {
        List<Message> messages = new ArrayList<>();
        for (JsonNode message : list(array, "messages")) {
            String at = "messages." + messages.size();
            Role role =
                    switch (message.path("role").asText()) {
                        case "user" -> Role.USER;
                        case "assistant" -> Role.ASSISTANT;
                        default ->
                                throw constraint(
                                        message.path("role").asText(),
                                        at + ".role",
                                        "Member must satisfy enum value set: [user, assistant]");
                    };
            messages.add(new Message(role, content(message.path("content"), at)));
        }
        return messages;
    }

    private static List<Block> content(JsonNode array, String at) throws ModelFailure {
        List<Block> blocks = new ArrayList<>();
        for (JsonNode block : list(array, at + ".content")) {
            blocks.add(block(block, at + ".content." + blocks.size()));
        }
        if (blocks.isEmpty()) {
            throw ModelFailure.validation(
                    "The content field in the Message object at "
                            + at
                            + " is empty. Add a ContentBlock object to the content field and try"
                            + " again.");
        }
        return blocks;
    }

    private static Block block(JsonNode block, String at) throws ModelFailure {
        Map.Entry<String, JsonNode> member = only(block, at);
        JsonNode value = member.getValue();
        return switch (member.getKey()) {
            case "text" -> new Text(text(value, at));
            case "toolUse" -> toolUse(value, at + ".toolUse");
            case "toolResult" -> toolResult(value, at + ".toolResult");
            default -> new Other(member.getKey(), value);
        };
    }

    private static ToolUse toolUse(JsonNode value, String at) throws ModelFailure {
        if (!value.path("input").isObject()) {
            throw ModelFailure.validation(
                    "The format of the value at "
                            + at
                            + ".input is invalid. Provide a json object for the field and try"
                            + " again.");
        }
        return new ToolUse(
                matching(TOOL_USE_ID, value.path("toolUseId"), at + ".toolUseId"),
                matching(TOOL_NAME, value.path("name"), at + ".name"),
                value.path("input"));
    }

    private static ToolResult toolResult(JsonNode value, String at) throws ModelFailure {
        List<String> content = new ArrayList<>();
        for (JsonNode part : list(value.path("content"), at + ".content")) {
            String place = at + ".content." + content.size();
            Map.Entry<String, JsonNode> member = only(part, place);
            content.add(
                    switch (member.getKey()) {
                        case "text" -> text(member.getValue(), place);
                        case "json" -> member.getValue().toString();
                        default -> "[" + member.getKey() + "]";
                    });
        }
        String status = value.path("status").asText("success");
        if (!status.equals("success") && !status.equals("error")) {
            throw constraint(
                    status, at + ".status", "Member must satisfy enum value set: [success, error]");
        }
        boolean failed = status.equals("error");
        if (failed && content.isEmpty()) {
            throw ModelFailure.validation(
                    "The content field at " + at + " cannot be empty when status value is error.");
        }
        return new ToolResult(
                matching(TOOL_USE_ID, value.path("toolUseId"), at + ".toolUseId"), content, failed);
    }

    private static List<String> system(JsonNode array) throws ModelFailure {
        List<String> texts = new ArrayList<>();
        int i = 0;
        for (JsonNode block : list(array, "system")) {
            String at = "system." + i++;
            Map.Entry<String, JsonNode> member = only(block, at);
            if (member.getKey().equals("text")) {
                texts.add(text(member.getValue(), at));
            }
        }
        return texts;
    }

    private static List<ToolSpec> tools(JsonNode toolConfig) throws ModelFailure {
        if (toolConfig.isMissingNode() || toolConfig.isNull()) {
            return List.of();
        }
        if (toolConfig.path("tools").isEmpty()) {
            throw constraint(
                    "[]", "toolConfig.tools", "Member must have length greater than or equal to 1");
        }
        List<ToolSpec> tools = new ArrayList<>();
        Set<String> names = new HashSet<>();
        int i = 0;
        for (JsonNode tool : list(toolConfig.path("tools"), "toolConfig.tools")) {
            String at = "toolConfig.tools." + i++ + ".member.toolSpec";
            JsonNode spec = tool.path("toolSpec");
            if (spec.isMissingNode()) {
                continue; // a cache point, or a tool of the service's own
            }
            String name = matching(TOOL_NAME, spec.path("name"), at + ".name");
            if (!names.add(name)) {
                throw ModelFailure.validation(
                        "The toolConfig field contains the tool name " + name + " more than once.");
            }
            JsonNode schema = spec.path("inputSchema").path("json");
            if (!schema.path("type").asText().equals("object")) {
                throw ModelFailure.validation(
                        "The value at "
                                + at
                                + ".inputSchema.json.type must be one of the following: object.");
            }
            JsonNode description = spec.path("description");
            if (description.isTextual() && description.textValue().isEmpty()) {
                throw constraint(
                        "",
                        at + ".description",
                        "Member must have length greater than or equal to 1");
            }
            tools.add(new ToolSpec(name, description.textValue(), schema));
        }
        return tools;
    }

    private static void checkInference(JsonNode config) throws ModelFailure {
        if (config.has("maxTokens") && config.path("maxTokens").asLong(0) < 1) {
            throw constraint(
                    config.path("maxTokens").asText(),
                    "inferenceConfig.maxTokens",
                    "Member must have value greater than or equal to 1");
        }
        for (String name : List.of("temperature", "topP")) {
            double value = config.path(name).asDouble(config.has(name) ? -1 : 0);
            if (value < 0 || value > 1) {
                throw constraint(
                        config.path(name).asText(),
                        "inferenceConfig." + name,
                        "Member must have value between 0 and 1, inclusive");
            }
        }
    }

    /** Words; the service takes none that are blank. */
    private static String text(JsonNode value, String at) throws ModelFailure {
        if (!value.isTextual()) {
            throw ModelFailure.validation("Expected a string at " + at + ".text.");
        }
        if (value.textValue().isBlank()) {
            throw ModelFailure.validation(
                    "The text field in the ContentBlock object at "
                            + at
                            + " is blank. Add text to the text field, and try again.");
        }
        return value.textValue();
    }

    private static String matching(Pattern pattern, JsonNode value, String at) throws ModelFailure {
        if (!value.isTextual() || !pattern.matcher(value.textValue()).matches()) {
            throw constraint(
                    value.asText(),
                    at,
                    "Member must satisfy regular expression pattern: " + pattern.pattern());
        }
        return value.textValue();
    }

    /** The one member of a union. */
    private static Map.Entry<String, JsonNode> only(JsonNode union, String at) throws ModelFailure {
        if (!union.isObject() || union.size() != 1) {
            throw ModelFailure.validation(
                    "The object at " + at + " must have exactly one field set, of those it knows.");
        }
        return union.properties().iterator().next();
    }

    private static Iterable<JsonNode> list(JsonNode value, String at) throws ModelFailure {
        if (value.isArray() || value.isNull() || value instanceof MissingNode) {
            return value;
        }
        throw ModelFailure.validation("Expected a list at " + at + ".");
    }

    private static ModelFailure constraint(String value, String at, String rule) {
        return ModelFailure.validation(
                "1 validation error detected: Value '"
                        + value
                        + "' at '"
                        + at
                        + "' failed to satisfy constraint: "
                        + rule);
    }
}
