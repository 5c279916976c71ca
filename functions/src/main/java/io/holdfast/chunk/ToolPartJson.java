package io.holdfast.chunk;

import static io.holdfast.chunk.UiMessageJson.require;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.chunk.MessagePart.Approval;
import io.holdfast.chunk.MessagePart.Tool;
import io.holdfast.chunk.MessagePart.ToolState;
import io.holdfast.platform.Json;

import org.jspecify.annotations.Nullable;

/**
 * Parts of tools as the AI SDK's {@code ToolUIPart} and {@code DynamicToolUIPart}, and back.
 *
 * <p>Reading takes the fields that belong to the part's state and passes over all others.
 */
final class ToolPartJson {
    private static final String STATIC = "tool-";
    private static final String DYNAMIC = "dynamic-tool";

    private ToolPartJson() {}

    static boolean isTool(String type) {
        return type.startsWith(STATIC) || type.equals(DYNAMIC);
    }

    static ObjectNode write(Tool tool) {
        ObjectNode json = Json.object();
        json.put("type", tool.dynamic() ? DYNAMIC : STATIC + tool.toolName());
        json.put("toolCallId", tool.toolCallId());
        if (tool.dynamic()) {
            json.put("toolName", tool.toolName());
        }
        json.put("state", tool.state().wireName());
        if (tool.rawInput() != null) {
            json.put("rawInput", tool.rawInput());
        }
        if (tool.input() != null) {
            json.set("input", tool.input());
        } else if (needsInput(tool.state())) {
            json.putNull("input");
        }
        if (tool.output() != null) {
            json.set("output", tool.output());
        }
        if (tool.errorText() != null) {
            json.put("errorText", tool.errorText());
        }
        if (tool.preliminary()) {
            json.put("preliminary", true);
        }
        if (tool.approval() != null) {
            json.set("approval", write(tool.approval()));
        }
        return json;
    }

    private static ObjectNode write(Approval approval) {
        ObjectNode json = Json.object().put("id", approval.id());
        if (approval.requestReason() != null) {
            json.put("requestReason", approval.requestReason());
        }
        if (approval.approved() != null) {
            json.put("approved", approval.approved());
        }
        if (approval.reason() != null) {
            json.put("reason", approval.reason());
        }
        return json;
    }

    static Tool read(ObjectNode json, String place) {
        String type = json.path("type").textValue();
        boolean dynamic = type.equals(DYNAMIC);
        String toolName = dynamic ? text(json, "toolName", place) : type.substring(STATIC.length());
        require(!toolName.isEmpty(), place + " must name a tool");
        ToolState state = state(json.path("state"), place);
        boolean brought = state == ToolState.OUTPUT_AVAILABLE;
        return new Tool(
                text(json, "toolCallId", place),
                toolName,
                dynamic,
                state,
                input(json, state),
                state == ToolState.INPUT_STREAMING ? optionalText(json, "rawInput", place) : null,
                // JSON has no "undefined": a client whose tool brought nothing leaves it out.
                brought ? given(json.get("output")) : null,
                brought && Boolean.TRUE.equals(optionalTruth(json, "preliminary", place)),
                state == ToolState.OUTPUT_ERROR ? text(json, "errorText", place) : null,
                approval(json.get("approval"), state, place + ".approval"));
    }

    private static ToolState state(JsonNode json, String place) {
        for (ToolState state : ToolState.values()) {
            if (state.wireName().equals(json.textValue())) {
                return state;
            }
        }
        throw new UiMessageJson.Refused(place + ".state must be a state of a tool call");
    }

    private static @Nullable JsonNode input(ObjectNode json, ToolState state) {
        return switch (state) {
            // While it streams, it is what the client could guess from rawInput.
            case INPUT_STREAMING -> null;
            case OUTPUT_ERROR -> json.get("input");
            case INPUT_AVAILABLE,
                    APPROVAL_REQUESTED,
                    APPROVAL_RESPONDED,
                    OUTPUT_AVAILABLE,
                    OUTPUT_DENIED ->
                    given(json.get("input"));
        };
    }

    private static boolean needsInput(ToolState state) {
        return state != ToolState.INPUT_STREAMING && state != ToolState.OUTPUT_ERROR;
    }

    private static @Nullable Approval approval(
            @Nullable JsonNode json, ToolState state, String place) {
        boolean asks = state == ToolState.APPROVAL_REQUESTED;
        boolean answered = state == ToolState.APPROVAL_RESPONDED;
        if (json == null) {
            require(!asks && !answered, place + " must be an object");
            return null;
        }
        if (!(json instanceof ObjectNode object)) {
            throw new UiMessageJson.Refused(place + " must be an object");
        }
        Boolean approved = optionalTruth(object, "approved", place);
        require(!asks || approved == null, place + ".approved must be left out until it is given");
        require(!answered || approved != null, place + ".approved must be true or false");
        return new Approval(
                text(object, "id", place),
                approved,
                optionalText(object, "reason", place),
                optionalText(object, "requestReason", place));
    }

    private static JsonNode given(@Nullable JsonNode value) {
        return value == null ? NullNode.getInstance() : value;
    }

    private static String text(ObjectNode json, String field, String place) {
        JsonNode value = json.path(field);
        require(value.isTextual(), place + "." + field + " must be a string");
        return value.textValue();
    }

    private static @Nullable String optionalText(ObjectNode json, String field, String place) {
        return json.has(field) ? text(json, field, place) : null;
    }

    private static @Nullable Boolean optionalTruth(ObjectNode json, String field, String place) {
        if (!json.has(field)) {
            return null;
        }
        require(json.path(field).isBoolean(), place + "." + field + " must be true or false");
        return json.path(field).booleanValue();
    }
}
