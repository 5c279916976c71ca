package io.holdfast.local.sqs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.holdfast.local.lambda.InvocationResult;

import software.amazon.awssdk.services.sqs.model.Message;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which messages of a batch are done, by what the function answered (Lambda developer guide,
 * "Implementing partial batch responses", "Success and failure conditions").
 */
final class BatchOutcome {
    private static final ObjectMapper JSON = new ObjectMapper();

    private BatchOutcome() {}

    /**
     * The messages to delete; the others come again after their visibility timeout.
     *
     * @param partialFailures whether the function names the messages that failed
     */
    static List<Message> succeeded(
            List<Message> batch, InvocationResult result, boolean partialFailures) {
        if (result.functionError() != null) {
            return List.of();
        }
        if (!partialFailures || result.payload().length == 0) {
            return batch;
        }
        JsonNode failures;
        try {
            failures = JSON.readTree(result.payload()).path("batchItemFailures");
        } catch (IOException notJson) {
            return List.of();
        }
        Set<String> known = new HashSet<>();
        batch.forEach(message -> known.add(message.messageId()));
        Set<String> failed = new HashSet<>();
        for (JsonNode failure : failures) {
            String id = failure.path("itemIdentifier").asText("");
            if (!known.contains(id)) {
                // It names a message that is not there: who knows which were meant.
                return List.of();
            }
            failed.add(id);
        }
        return batch.stream().filter(message -> !failed.contains(message.messageId())).toList();
    }
}
