package io.holdfast.model;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.model.ModelRequest.Content;
import io.holdfast.model.ModelRequest.ModelMessage;
import io.holdfast.model.ModelRequest.ModelTool;
import io.holdfast.platform.Json;

import software.amazon.awssdk.core.document.Document;
import software.amazon.awssdk.services.bedrockruntime.model.ContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ConversationRole;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamRequest;
import software.amazon.awssdk.services.bedrockruntime.model.InferenceConfiguration;
import software.amazon.awssdk.services.bedrockruntime.model.Message;
import software.amazon.awssdk.services.bedrockruntime.model.ReasoningContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ReasoningTextBlock;
import software.amazon.awssdk.services.bedrockruntime.model.SystemContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.Tool;
import software.amazon.awssdk.services.bedrockruntime.model.ToolConfiguration;
import software.amazon.awssdk.services.bedrockruntime.model.ToolInputSchema;
import software.amazon.awssdk.services.bedrockruntime.model.ToolResultBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ToolResultContentBlock;
import software.amazon.awssdk.services.bedrockruntime.model.ToolResultStatus;
import software.amazon.awssdk.services.bedrockruntime.model.ToolSpecification;
import software.amazon.awssdk.services.bedrockruntime.model.ToolUseBlock;

import java.util.Map;

/** Encodes requests as Bedrock's ConverseStream takes them. */
final class BedrockRequests {
    private BedrockRequests() {}

    static ConverseStreamRequest of(ModelRequest request) {
        ConverseStreamRequest.Builder builder =
                ConverseStreamRequest.builder()
                        .modelId(request.modelId())
                        .requestMetadata(Map.of("session", request.conversation()))
                        .system(SystemContentBlock.fromText(request.systemPrompt()))
                        .messages(
                                request.messages().stream().map(BedrockRequests::message).toList())
                        .inferenceConfig(
                                InferenceConfiguration.builder()
                                        .maxTokens(request.maxOutputTokens())
                                        .build());
        if (!request.tools().isEmpty()) {
            builder.toolConfig(
                    ToolConfiguration.builder()
                            .tools(request.tools().stream().map(BedrockRequests::tool).toList())
                            .build());
        }
        ObjectNode fields = ReasoningFields.of(request);
        if (!fields.isEmpty()) {
            builder.additionalModelRequestFields(document(fields));
        }
        return builder.build();
    }

    private static Message message(ModelMessage message) {
        return Message.builder()
                .role(
                        switch (message.role()) {
                            case USER -> ConversationRole.USER;
                            case ASSISTANT -> ConversationRole.ASSISTANT;
                        })
                .content(message.content().stream().map(BedrockRequests::block).toList())
                .build();
    }

    private static ContentBlock block(Content content) {
        return switch (content) {
            case Content.Text(String text) -> ContentBlock.fromText(text);
            case Content.Reasoning(String text, String signature) ->
                    ContentBlock.fromReasoningContent(
                            ReasoningContentBlock.fromReasoningText(
                                    ReasoningTextBlock.builder()
                                            .text(text)
                                            .signature(signature)
                                            .build()));
            case Content.ToolUse(String id, String name, ObjectNode input) ->
                    ContentBlock.fromToolUse(
                            ToolUseBlock.builder()
                                    .toolUseId(id)
                                    .name(name)
                                    .input(document(input))
                                    .build());
            case Content.ToolResult(String id, JsonNode output, boolean isError) ->
                    ContentBlock.fromToolResult(
                            ToolResultBlock.builder()
                                    .toolUseId(id)
                                    .content(result(output))
                                    .status(
                                            isError
                                                    ? ToolResultStatus.ERROR
                                                    : ToolResultStatus.SUCCESS)
                                    .build());
        };
    }

    /**
     * Objects as JSON, all else as text: Bedrock takes no other JSON in a result ("Provide a json
     * object for the field", a ValidationException of Converse).
     */
    private static ToolResultContentBlock result(JsonNode output) {
        return output.isObject()
                ? ToolResultContentBlock.fromJson(document(output))
                : ToolResultContentBlock.fromText(
                        output.isTextual() ? output.textValue() : Json.write(output));
    }

    private static Tool tool(ModelTool tool) {
        return Tool.fromToolSpec(
                ToolSpecification.builder()
                        .name(tool.name())
                        .description(tool.description())
                        .inputSchema(ToolInputSchema.fromJson(document(tool.input())))
                        .build());
    }

    private static Document document(JsonNode json) {
        return switch (json.getNodeType()) {
            case OBJECT -> {
                Document.MapBuilder map = Document.mapBuilder();
                json.properties()
                        .forEach(one -> map.putDocument(one.getKey(), document(one.getValue())));
                yield map.build();
            }
            case ARRAY -> {
                Document.ListBuilder list = Document.listBuilder();
                json.forEach(one -> list.addDocument(document(one)));
                yield list.build();
            }
            case BOOLEAN -> Document.fromBoolean(json.booleanValue());
            case NUMBER ->
                    json.isIntegralNumber() && json.canConvertToLong()
                            ? Document.fromNumber(json.longValue())
                            : Document.fromNumber(json.decimalValue());
            case NULL, MISSING -> Document.fromNull();
            case STRING, BINARY, POJO -> Document.fromString(json.asText());
        };
    }
}
