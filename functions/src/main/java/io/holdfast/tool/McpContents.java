package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.Json;
import io.modelcontextprotocol.spec.McpSchema.AudioContent;
import io.modelcontextprotocol.spec.McpSchema.BlobResourceContents;
import io.modelcontextprotocol.spec.McpSchema.CallToolResult;
import io.modelcontextprotocol.spec.McpSchema.Content;
import io.modelcontextprotocol.spec.McpSchema.EmbeddedResource;
import io.modelcontextprotocol.spec.McpSchema.GetPromptResult;
import io.modelcontextprotocol.spec.McpSchema.ImageContent;
import io.modelcontextprotocol.spec.McpSchema.ReadResourceResult;
import io.modelcontextprotocol.spec.McpSchema.ResourceLink;
import io.modelcontextprotocol.spec.McpSchema.Role;
import io.modelcontextprotocol.spec.McpSchema.TextContent;
import io.modelcontextprotocol.spec.McpSchema.TextResourceContents;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Turns what an MCP server says into what Holdfast keeps. */
final class McpContents {
    /** Messages of one prompt: nobody wants more at once. */
    private static final int MAX_LINES = 100;

    private McpContents() {}

    /** The result of a call; an error's words are not made safe yet. */
    static ToolResult result(CallToolResult result) {
        List<Content> contents = result.content() == null ? List.of() : result.content();
        if (Boolean.TRUE.equals(result.isError())) {
            String words = joined(contents);
            return new ToolResult.Failure(words.isBlank() ? "The tool failed" : words);
        }
        if (result.structuredContent() != null) {
            return new ToolResult.Success(Json.MAPPER.valueToTree(result.structuredContent()));
        }
        return new ToolResult.Success(output(contents));
    }

    /** Text is joined; as soon as there is anything else, it is a list of parts. */
    private static JsonNode output(List<Content> contents) {
        if (contents.stream().allMatch(content -> text(content) != null)) {
            return TextNode.valueOf(joined(contents));
        }
        ArrayNode parts = Json.MAPPER.createArrayNode();
        contents.forEach(content -> parts.add(part(content)));
        return parts;
    }

    private static String joined(List<Content> contents) {
        return contents.stream()
                .map(McpContents::text)
                .filter(Objects::nonNull)
                .collect(Collectors.joining("\n"));
    }

    private static @Nullable String text(Content content) {
        return switch (content) {
            case TextContent text -> text.text();
            case EmbeddedResource embedded
                    when embedded.resource() instanceof TextResourceContents text ->
                    text.text();
            default -> null;
        };
    }

    private static ObjectNode part(Content content) {
        String text = text(content);
        if (text != null) {
            return Json.object().put("type", "text").put("text", text);
        }
        return switch (content) {
            case ImageContent image -> note("image", image.mimeType(), image.data());
            case AudioContent audio -> note("audio", audio.mimeType(), audio.data());
            case EmbeddedResource embedded
                    when embedded.resource() instanceof BlobResourceContents blob ->
                    note("resource", blob.mimeType(), blob.blob()).put("uri", blob.uri());
            case ResourceLink link ->
                    Json.object()
                            .put("type", "resource_link")
                            .put("name", link.name())
                            .put("uri", link.uri());
            default -> Json.object().put("type", content.type());
        };
    }

    /** Instead of bytes that a model cannot read and a frame cannot hold. */
    private static ObjectNode note(String type, @Nullable String mimeType, @Nullable String data) {
        int length = data == null ? 0 : data.length();
        int padding = data == null ? 0 : (int) data.chars().filter(c -> c == '=').count();
        ObjectNode note = Json.object().put("type", type);
        if (mimeType != null) {
            note.put("mimeType", mimeType);
        }
        return note.put("bytes", length / 4 * 3 - padding);
    }

    static String text(ReadResourceResult result) {
        return result.contents().stream()
                .filter(TextResourceContents.class::isInstance)
                .map(contents -> ((TextResourceContents) contents).text())
                .collect(Collectors.joining("\n"));
    }

    /** What a prompt says, message by message. */
    static List<PromptAnswer.Line> lines(GetPromptResult result) {
        return result.messages().stream()
                .limit(MAX_LINES)
                .map(
                        message -> {
                            String text = text(message.content());
                            return new PromptAnswer.Line(
                                    message.role() == Role.ASSISTANT
                                            ? UiMessage.Role.ASSISTANT
                                            : UiMessage.Role.USER,
                                    text == null ? Json.write(part(message.content())) : text);
                        })
                .toList();
    }

    static String text(GetPromptResult result) {
        return joined(result.messages().stream().map(message -> message.content()).toList());
    }
}
