package io.holdfast.turn;

import io.holdfast.chunk.FinishReason;
import io.holdfast.chunk.MessagePart;

import java.util.List;

/**
 * What one step said and cost.
 *
 * @param inputTokens 0 if the model did not say
 * @param outputTokens 0 if the model did not say
 */
record StepResult(
        List<MessagePart> parts,
        FinishReason finishReason,
        String modelId,
        int inputTokens,
        int outputTokens) {
    StepResult {
        parts = List.copyOf(parts);
    }
}
