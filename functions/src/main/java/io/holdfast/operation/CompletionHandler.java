package io.holdfast.operation;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.CatalogSource;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConfigReader;
import io.holdfast.platform.Json;
import io.holdfast.tool.Toolbox;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.core.exception.SdkException;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;

/**
 * The completion function: takes batches of the completion queue, and answers {@code
 * {batchItemFailures}} with those that must come again (AWS Lambda Developer Guide, "Implementing
 * partial batch responses").
 */
public final class CompletionHandler implements RequestStreamHandler {
    private static final Logger LOG = LoggerFactory.getLogger(CompletionHandler.class);

    /** Kept back of the function's time, to store what a step has made of a result. */
    private static final Duration RESERVE = Duration.ofSeconds(10);

    private final Completions completions;
    private final CompletionQueue queue;

    /** On Lambda. */
    public CompletionHandler() {
        this(System.getenv());
    }

    /** With an environment of its own, several in one process. */
    public CompletionHandler(Map<String, String> environment) {
        ConfigReader config = new ConfigReader(environment);
        String queueUrl = config.text("COMPLETION_QUEUE_URL");
        config.check();
        Catalog catalog = CatalogSource.load(environment);
        AwsClients aws = new AwsClients(environment);
        OperationParts parts = OperationParts.from(environment, aws);
        Toolbox toolbox = parts.toolbox(catalog, environment, aws);
        this.completions = new Completions(parts, new OperationCompleter(parts, toolbox));
        this.queue = new CompletionQueue(aws.sqs(), queueUrl, parts.turns().random());
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
                                                        "a message that is no JSON object")),
                        id,
                        Duration.ofMillis(context.getRemainingTimeInMillis()).minus(RESERVE));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException("interrupted while a completion was taken", e);
            } catch (RuntimeException e) {
                LOG.error("The completion {} could not be taken", id, e);
                failures.addObject().put("itemIdentifier", id);
                giveBack(message);
            }
        }
        Json.MAPPER.writeValue(output, answer);
    }

    private void giveBack(JsonNode message) {
        try {
            queue.giveBack(
                    message.path("receiptHandle").asText(),
                    message.at("/attributes/ApproximateReceiveCount").asInt(1));
        } catch (SdkException e) {
            LOG.warn("A completion comes again only when its visibility timeout is over", e);
        }
    }
}
