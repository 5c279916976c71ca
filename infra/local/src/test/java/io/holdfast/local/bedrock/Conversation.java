package io.holdfast.local.bedrock;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** A request under construction, and the model's answer to it without a server between. */
final class Conversation {
    static final ObjectMapper JSON = new ObjectMapper();

    private final ObjectNode body = JsonNodeFactory.instance.objectNode();
    private final ArrayNode messages = body.putArray("messages");

    static JsonNode json(String text) {
        try {
            return JSON.readTree(text.replace('\'', '"'));
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException(e);
        }
    }

    Conversation user(String text) {
        return message("user", JsonNodeFactory.instance.objectNode().put("text", text));
    }

    Conversation assistant(String text) {
        return message("assistant", JsonNodeFactory.instance.objectNode().put("text", text));
    }

    /** A message of one block or several, as JSON with single quotes. */
    Conversation blocks(String role, String... blocks) {
        JsonNode[] nodes = new JsonNode[blocks.length];
        for (int i = 0; i < blocks.length; i++) {
            nodes[i] = json(blocks[i]);
        }
        return message(role, nodes);
    }

    /** The message that a model answered, as it goes back to it. */
    Conversation answered(Answer answer) {
        messages.add(answer.folded().at("/output/message"));
        return this;
    }

    private Conversation message(String role, JsonNode... blocks) {
        messages.addObject().put("role", role).putArray("content").addAll(List.of(blocks));
        return this;
    }

    /** Any other field, as JSON with single quotes. */
    Conversation with(String field, String value) {
        body.set(field, json(value));
        return this;
    }

    Conversation tool(String name) {
        return with(
                "toolConfig",
                "{'tools':[{'toolSpec':{'name':'%s','description':'Helps','inputSchema':{'json':{'type':'object'}}}}]}"
                        .formatted(name));
    }

    ConverseRequest request() throws ModelFailure {
        return RequestReader.read(
                "test.model-v1:0", body.toString().getBytes(StandardCharsets.UTF_8));
    }

    Answer ask(ModelBackend model) throws Exception {
        List<ConverseEvent> events = new ArrayList<>();
        AnswerWriter writer = new AnswerWriter(events::add, InstantSource.system(), 1);
        writer.finish(model.answer(request(), writer));
        return new Answer(events);
    }

    /** What the model did. */
    record Answer(List<ConverseEvent> events) {
        JsonNode folded() {
            ConverseFold fold = new ConverseFold();
            events.forEach(fold::accept);
            return fold.response();
        }

        String text() {
            return String.join("", tokens());
        }

        List<String> tokens() {
            return all(ConverseEvent.TextDelta.class).stream()
                    .map(ConverseEvent.TextDelta::text)
                    .toList();
        }

        String stopReason() {
            return folded().path("stopReason").asText();
        }

        JsonNode block(int index) {
            return folded().at("/output/message/content/" + index);
        }

        <T extends ConverseEvent> List<T> all(Class<T> kind) {
            return events.stream().filter(kind::isInstance).map(kind::cast).toList();
        }
    }
}
