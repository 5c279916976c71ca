package io.holdfast.model;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.platform.Json;

/**
 * How hard a model should think, in the words of its family: Converse has no field of its own for
 * it (Amazon Bedrock User Guide, "Inference request parameters and response fields").
 */
final class ReasoningFields {
    private ReasoningFields() {}

    /** The additional fields of a request; empty if the model is to answer at once. */
    static ObjectNode of(ModelRequest request) {
        ObjectNode fields = Json.object();
        ReasoningEffort effort = request.reasoningEffort();
        if (effort == ReasoningEffort.NONE) {
            return fields;
        }
        String model = request.modelId();
        if (model.contains("anthropic.")) {
            fields.putObject("thinking")
                    .put("type", "enabled")
                    .put("budget_tokens", budget(effort, request.maxOutputTokens()));
        } else if (model.contains("amazon.nova")) {
            fields.putObject("reasoningConfig")
                    .put("type", "enabled")
                    .put("maxReasoningEffort", effort.wireName());
        } else {
            fields.put("reasoning_effort", effort.wireName());
        }
        return fields;
    }

    /** Thinking counts as output: what is left of the limit must be enough for an answer. */
    private static int budget(ReasoningEffort effort, int maxOutputTokens) {
        int wanted =
                switch (effort) {
                    case NONE -> 0;
                    // 1,024 is the least that is taken ("Extended thinking").
                    case LOW -> 1_024;
                    case MEDIUM -> 4_096;
                    case HIGH -> 16_384;
                };
        return Math.max(1_024, Math.min(wanted, maxOutputTokens * 3 / 4));
    }
}
