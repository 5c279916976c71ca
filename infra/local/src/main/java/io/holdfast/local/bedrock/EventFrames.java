package io.holdfast.local.bedrock;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import software.amazon.eventstream.HeaderValue;
import software.amazon.eventstream.Message;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Events as frames of {@code application/vnd.amazon.eventstream}. Source: <a
 * href="https://smithy.io/2.0/aws/amazon-eventstream.html">the Smithy specification</a>.
 */
final class EventFrames {
    private EventFrames() {}

    static byte[] frame(ConverseEvent event) {
        ObjectNode payload = object();
        String type =
                switch (event) {
                    case ConverseEvent.MessageStart() -> {
                        payload.put("role", "assistant");
                        yield "messageStart";
                    }
                    case ConverseEvent.ToolUseStart(int index, String id, String name) -> {
                        payload.put("contentBlockIndex", index)
                                .putObject("start")
                                .putObject("toolUse")
                                .put("toolUseId", id)
                                .put("name", name);
                        yield "contentBlockStart";
                    }
                    case ConverseEvent.TextDelta(int index, String text) -> {
                        delta(payload, index).put("text", text);
                        yield "contentBlockDelta";
                    }
                    case ConverseEvent.ReasoningDelta(int index, String text) -> {
                        delta(payload, index).putObject("reasoningContent").put("text", text);
                        yield "contentBlockDelta";
                    }
                    case ConverseEvent.SignatureDelta(int index, String signature) -> {
                        delta(payload, index)
                                .putObject("reasoningContent")
                                .put("signature", signature);
                        yield "contentBlockDelta";
                    }
                    case ConverseEvent.ToolInputDelta(int index, String json) -> {
                        delta(payload, index).putObject("toolUse").put("input", json);
                        yield "contentBlockDelta";
                    }
                    case ConverseEvent.BlockStop(int index) -> {
                        payload.put("contentBlockIndex", index);
                        yield "contentBlockStop";
                    }
                    case ConverseEvent.MessageStop(StopReason reason) -> {
                        payload.put("stopReason", reason.wireName());
                        yield "messageStop";
                    }
                    case ConverseEvent.Metadata metadata -> {
                        metadata(payload, metadata);
                        yield "metadata";
                    }
                };
        return frame("event", ":event-type", type, payload);
    }

    /**
     * An exception within the stream; one that the stream cannot name is a model's stream error.
     */
    static byte[] frame(ModelFailure failure) {
        Fault fault = failure.fault();
        ObjectNode payload = object().put("message", failure.getMessage());
        if (fault.inStream()) {
            return frame("exception", ":exception-type", fault.streamName(), payload);
        }
        payload.put("originalStatusCode", fault.status())
                .put("originalMessage", failure.getMessage());
        return frame(
                "exception", ":exception-type", Fault.MODEL_STREAM_ERROR.streamName(), payload);
    }

    /** Writes usage and latency as both the last event and the folded response have them. */
    static void metadata(ObjectNode target, ConverseEvent.Metadata metadata) {
        target.putObject("usage")
                .put("inputTokens", metadata.inputTokens())
                .put("outputTokens", metadata.outputTokens())
                .put("totalTokens", metadata.inputTokens() + metadata.outputTokens());
        target.putObject("metrics").put("latencyMs", metadata.latencyMs());
    }

    private static ObjectNode delta(ObjectNode payload, int index) {
        return payload.put("contentBlockIndex", index).putObject("delta");
    }

    private static byte[] frame(
            String messageType, String typeHeader, String type, ObjectNode payload) {
        Map<String, HeaderValue> headers = new LinkedHashMap<>();
        headers.put(typeHeader, HeaderValue.fromString(type));
        headers.put(":content-type", HeaderValue.fromString("application/json"));
        headers.put(":message-type", HeaderValue.fromString(messageType));
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        new Message(headers, payload.toString().getBytes(StandardCharsets.UTF_8)).encode(frame);
        return frame.toByteArray();
    }

    private static ObjectNode object() {
        return JsonNodeFactory.instance.objectNode();
    }
}
