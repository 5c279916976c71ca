package io.holdfast.local.bedrock;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

/** Folds the events of an answer into the response of plain Converse. */
final class ConverseFold implements ConverseEvent.Sink {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode response = JsonNodeFactory.instance.objectNode();
    private final ArrayNode content;
    private ObjectNode block = JsonNodeFactory.instance.objectNode();
    private final StringBuilder text = new StringBuilder();

    ConverseFold() {
        ObjectNode message = response.putObject("output").putObject("message");
        message.put("role", "assistant");
        content = message.putArray("content");
    }

    @Override
    public void accept(ConverseEvent event) {
        switch (event) {
            case ConverseEvent.MessageStart() -> {}
            case ConverseEvent.ToolUseStart(int index, String id, String name) ->
                    block.putObject("toolUse").put("toolUseId", id).put("name", name);
            case ConverseEvent.TextDelta(int index, String delta) -> {
                block.put("text", "");
                text.append(delta);
            }
            case ConverseEvent.ReasoningDelta(int index, String delta) -> {
                reasoning();
                text.append(delta);
            }
            case ConverseEvent.SignatureDelta(int index, String signature) ->
                    reasoning().put("signature", signature);
            case ConverseEvent.ToolInputDelta(int index, String json) -> text.append(json);
            case ConverseEvent.BlockStop(int index) -> closeBlock();
            case ConverseEvent.MessageStop(StopReason reason) ->
                    response.put("stopReason", reason.wireName());
            case ConverseEvent.Metadata metadata -> EventFrames.metadata(response, metadata);
        }
    }

    ObjectNode response() {
        return response;
    }

    private ObjectNode reasoning() {
        return block.withObject("/reasoningContent/reasoningText");
    }

    private void closeBlock() {
        if (block.get("toolUse") instanceof ObjectNode toolUse) {
            toolUse.set("input", input(text.toString()));
        } else if (block.has("reasoningContent")) {
            reasoning().put("text", text.toString());
        } else {
            block.put("text", text.toString());
        }
        content.add(block);
        block = JsonNodeFactory.instance.objectNode();
        text.setLength(0);
    }

    /** An empty input is a call without arguments; one that is not JSON stays a string. */
    private static JsonNode input(String json) {
        if (json.isBlank()) {
            return JsonNodeFactory.instance.objectNode();
        }
        try {
            return JSON.readTree(json);
        } catch (JsonProcessingException e) {
            return TextNode.valueOf(json);
        }
    }
}
