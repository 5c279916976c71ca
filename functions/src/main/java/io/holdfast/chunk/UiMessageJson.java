package io.holdfast.chunk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.MessageId;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * {@link UiMessage}s as the AI SDK's {@code UIMessage}, and back.
 *
 * <p>The rules are those of the AI SDK's {@code validateUIMessages} (npm {@code ai} 7, {@code
 * src/ui/validate-ui-messages.ts}), for the parts that Holdfast reads itself; other parts are kept
 * as they came.
 */
public final class UiMessageJson {
    private UiMessageJson() {}

    /** What a message from outside turned out to be. */
    public sealed interface Decoded {
        /** It is a message. */
        record Valid(UiMessage message) implements Decoded {}

        /**
         * It is none.
         *
         * @param reason what is wrong and where, for the client; quotes nothing that was sent
         */
        record Invalid(String reason) implements Decoded {}
    }

    /** The message as the client keeps it. */
    public static ObjectNode write(UiMessage message) {
        ObjectNode json = Json.object();
        json.put("id", message.id().value());
        json.put("role", message.role().name().toLowerCase(Locale.ROOT));
        if (message.metadata() != null) {
            json.set("metadata", message.metadata());
        }
        ArrayNode parts = json.putArray("parts");
        for (MessagePart part : message.parts()) {
            ObjectNode written = write(part);
            if (message.role() == UiMessage.Role.ASSISTANT && hasState(part)) {
                // As clients keep it; of a part that was cut off nothing more will come either.
                written.put("state", "done");
            }
            parts.add(written);
        }
        return json;
    }

    private static boolean hasState(MessagePart part) {
        return part instanceof MessagePart.Text || part instanceof MessagePart.Reasoning;
    }

    private static ObjectNode write(MessagePart part) {
        return switch (part) {
            case MessagePart.StepStart() -> Json.object().put("type", "step-start");
            case MessagePart.Text(String text) ->
                    Json.object().put("type", "text").put("text", text);
            case MessagePart.Reasoning(String id, String text, ObjectNode metadata) -> {
                ObjectNode json = Json.object().put("type", "reasoning");
                if (id != null) {
                    json.put("id", id);
                }
                json.put("text", text);
                if (metadata != null) {
                    json.set("providerMetadata", metadata);
                }
                yield json;
            }
            case MessagePart.Other(ObjectNode json) -> json;
            case MessagePart.Tool tool -> ToolPartJson.write(tool);
        };
    }

    /** Reads a message that a client sent. */
    public static Decoded decode(JsonNode json) {
        try {
            return new Decoded.Valid(message(json));
        } catch (Refused refused) {
            return new Decoded.Invalid(refused.reason);
        }
    }

    private static UiMessage message(JsonNode json) {
        require(json.isObject(), "the message must be an object");
        JsonNode id = json.path("id");
        require(id.isTextual(), "id must be a string");
        require(
                MessageId.isValid(id.textValue()),
                "id must be 1 to 128 printable ASCII characters without spaces");
        UiMessage.Role role = role(json.path("role"));
        JsonNode metadata = json.path("metadata");
        require(
                metadata.isObject() || metadata.isNull() || metadata.isMissingNode(),
                "metadata must be an object");
        List<MessagePart> parts = parts(json.path("parts"));
        require(
                !parts.isEmpty() || role == UiMessage.Role.ASSISTANT,
                "parts must hold at least one part");
        return new UiMessage(
                new MessageId(id.textValue()),
                role,
                parts,
                metadata instanceof ObjectNode object ? object : null);
    }

    private static UiMessage.Role role(JsonNode json) {
        return switch (json.asText()) {
            case "user" -> UiMessage.Role.USER;
            case "assistant" -> UiMessage.Role.ASSISTANT;
            case "system" -> UiMessage.Role.SYSTEM;
            default -> throw new Refused("role must be user, assistant or system");
        };
    }

    private static List<MessagePart> parts(JsonNode json) {
        require(json.isArray(), "parts must be an array");
        List<MessagePart> parts = new ArrayList<>();
        for (JsonNode part : json) {
            parts.add(part(part, "parts[" + parts.size() + "]"));
        }
        return parts;
    }

    private static MessagePart part(JsonNode json, String place) {
        if (!(json instanceof ObjectNode object)) {
            throw new Refused(place + " must be an object");
        }
        require(object.path("type").isTextual(), place + ".type must be a string");
        String type = object.path("type").textValue();
        return switch (type) {
            case "text" -> new MessagePart.Text(text(object, place));
            case "reasoning" ->
                    new MessagePart.Reasoning(
                            id(object, place), text(object, place), metadata(object, place));
            case "step-start" -> new MessagePart.StepStart();
            default ->
                    ToolPartJson.isTool(type)
                            ? ToolPartJson.read(object, place)
                            : new MessagePart.Other(object);
        };
    }

    private static String text(ObjectNode part, String place) {
        require(part.path("text").isTextual(), place + ".text must be a string");
        JsonNode state = part.path("state");
        require(
                state.isMissingNode()
                        || state.asText().equals("streaming")
                        || state.asText().equals("done"),
                place + ".state must be streaming or done");
        return part.path("text").textValue();
    }

    private static @Nullable String id(ObjectNode part, String place) {
        JsonNode id = part.path("id");
        require(id.isMissingNode() || id.isTextual(), place + ".id must be a string");
        return id.textValue();
    }

    private static @Nullable ObjectNode metadata(ObjectNode part, String place) {
        JsonNode metadata = part.path("providerMetadata");
        require(
                metadata.isMissingNode() || metadata.isObject(),
                place + ".providerMetadata must be an object");
        return metadata instanceof ObjectNode object ? object : null;
    }

    static void require(boolean holds, String reason) {
        if (!holds) {
            throw new Refused(reason);
        }
    }

    /** Leaves the decoder with the reason; never seen outside. */
    static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final String reason;

        Refused(String reason) {
            super(reason, null, false, false);
            this.reason = reason;
        }
    }
}
