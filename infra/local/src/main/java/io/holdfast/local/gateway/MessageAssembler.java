package io.holdfast.local.gateway;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Puts the frames of one connection together into messages, and measures both. Not thread-safe:
 * frames come one after another.
 */
final class MessageAssembler {
    private static final int MAX_REQUEST_ID = 128;

    private final int maxFrameBytes;
    private final int maxMessageBytes;
    private final ByteArrayOutputStream message = new ByteArrayOutputStream();

    MessageAssembler(GatewayLimits limits) {
        maxFrameBytes = limits.maxFrameBytes();
        maxMessageBytes = limits.maxMessageBytes();
    }

    /** What a frame led to. */
    sealed interface Taken {
        /** The message goes on. */
        record More() implements Taken {}

        /** The message is complete. */
        record Whole(String text) implements Taken {}

        /** The frame or the message is too large: say so, then close with 1009. */
        record TooLarge(String help) implements Taken {}

        /** The message is not UTF-8: close with 1007, as RFC 6455 section 8.1 demands. */
        record NotText() implements Taken {}
    }

    Taken take(ByteBuffer payload, boolean last) {
        int frameBytes = payload.remaining();
        byte[] bytes = new byte[frameBytes];
        payload.get(bytes);
        message.writeBytes(bytes);
        if (frameBytes > maxFrameBytes) {
            return new Taken.TooLarge(help("frame", frameBytes, maxFrameBytes));
        }
        if (message.size() > maxMessageBytes) {
            return new Taken.TooLarge(help("message", message.size(), maxMessageBytes));
        }
        if (!last) {
            return new Taken.More();
        }
        ByteBuffer whole = ByteBuffer.wrap(message.toByteArray());
        message.reset();
        try {
            return new Taken.Whole(StandardCharsets.UTF_8.newDecoder().decode(whole).toString());
        } catch (CharacterCodingException e) {
            return new Taken.NotText();
        }
    }

    /**
     * An {@code error} frame for the developer. AWS closes without a word; the error is the same,
     * only with its reason.
     */
    private String help(String what, int bytes, int limit) {
        String text =
                "This %s has %d bytes; the gateway takes at most %d and closes the connection"
                        .formatted(what, bytes, limit);
        return Json.object()
                .put("type", "error")
                .put("requestId", requestId(message.toByteArray()))
                .put("errorText", text)
                .toString();
    }

    /** The top-level field {@code requestId} of a text that may be cut off; empty if unreadable. */
    private static String requestId(byte[] text) {
        try (JsonParser parser = Json.MAPPER.createParser(text)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                return "";
            }
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                boolean found = parser.currentName().equals("requestId");
                JsonToken value = parser.nextToken();
                if (found) {
                    String id = value == JsonToken.VALUE_STRING ? parser.getText() : "";
                    return id.length() <= MAX_REQUEST_ID ? id : "";
                }
                parser.skipChildren();
            }
            return "";
        } catch (IOException e) {
            return "";
        }
    }
}
