package io.holdfast.turn;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.platform.Json;

import java.util.List;

/**
 * What an answer's {@code metadata} says: its turn from the start, its model and cost at the end.
 */
final class AnswerMetadata {
    private AnswerMetadata() {}

    /**
     * {@code {turnId, createdAt, assistant, model, reasoningEffort?}}, the time as ISO 8601; no
     * effort if the model does not reason.
     */
    static ObjectNode atStart(Turn turn) {
        ObjectNode metadata =
                Json.object()
                        .put("turnId", turn.id().value())
                        .put("createdAt", turn.createdAt().toString())
                        .put("assistant", turn.choice().assistant())
                        .put("model", turn.choice().model());
        if (turn.choice().effort() != ReasoningEffort.NONE) {
            metadata.put("reasoningEffort", turn.choice().effort().wireName());
        }
        return metadata;
    }

    /** {@code {model, usage: {inputTokens, outputTokens}}}, the tokens of all steps. */
    static ObjectNode atFinish(List<StepResult> steps) {
        ObjectNode metadata = Json.object();
        metadata.put("model", steps.getLast().modelId());
        metadata.set("usage", Ledger.of(steps).usage());
        return metadata;
    }
}
