package io.holdfast.operation;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.AwsClients;
import io.holdfast.platform.Json;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;

/**
 * The completion function: takes batches of the completion queue, and answers {@code
 * {batchItemFailures}} with those that must come again (AWS Lambda Developer Guide, "Implementing
 * partial batch responses").
 */
public final class CompletionHandler implements RequestStreamHandler {
    private static final Logger LOG = LoggerFactory.getLogger(CompletionHandler.class);

    private final Completions completions;

    /** On Lambda. */
    public CompletionHandler() {
        this(System.getenv());
    }

    /** With an environment of its own, several in one process. */
    public CompletionHandler(Map<String, String> environment) {
        OperationParts parts = OperationParts.from(environment, new AwsClients(environment));
        this.completions = new Completions(parts.store(), parts.ender(), parts.calls());
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context)
            throws IOException {
        ObjectNode answer = Json.object();
        ArrayNode failures = answer.putArray("batchItemFailures");
        for (JsonNode message : Json.MAPPER.readTree(input).path("Records")) {
            String id = message.path("messageId").asText();
            try {
                completions.take(
                        Json.readObject(message.path("body").asText())
                                .orElseThrow(
                                        () ->
                                                new IllegalArgumentException(
                                                        "a message that is no JSON object")));
            } catch (RuntimeException e) {
                LOG.error("The completion {} could not be taken", id, e);
                failures.addObject().put("itemIdentifier", id);
            }
        }
        Json.MAPPER.writeValue(output, answer);
    }
}
