package io.holdfast.local.samples;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * Keeps every event. Of a queue's messages, those whose body starts with {@code bad} have failed; a
 * body {@code throw} makes it throw.
 */
public final class Collect implements RequestStreamHandler {
    /** Every event since the last clear. */
    public static final List<JsonNode> EVENTS = new CopyOnWriteArrayList<>();

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Ignores the environment. */
    public Collect(Map<String, String> environment) {}

    /** The bodies of all messages, in the order in which they came. */
    public static List<String> bodies() {
        return EVENTS.stream()
                .flatMap(event -> event.path("Records").valueStream())
                .map(message -> message.path("body").asText())
                .toList();
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context)
            throws IOException {
        JsonNode event = JSON.readTree(input);
        EVENTS.add(event);
        ObjectNode answer = JSON.createObjectNode();
        var failures = answer.putArray("batchItemFailures");
        for (JsonNode message : event.path("Records")) {
            String body = message.path("body").asText();
            if (body.equals("throw")) {
                throw new IllegalStateException("as it was told");
            }
            if (body.startsWith("bad")) {
                failures.addObject().put("itemIdentifier", message.path("messageId").asText());
            }
        }
        JSON.writeValue(output, answer);
    }
}
