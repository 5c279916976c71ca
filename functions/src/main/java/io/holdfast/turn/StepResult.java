package io.holdfast.turn;

import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.FinishReason;
import io.holdfast.chunk.MessageFold;
import io.holdfast.chunk.MessagePart;
import io.holdfast.platform.MessageId;

import java.util.List;

/**
 * What one step said and cost.
 *
 * <p>It keeps the chunks as they went into the stream, and where: when Redis forgets, the stream is
 * made again with every chunk in its old place, so that every reader's place stays good.
 *
 * @param first the sequence of the first chunk
 * @param chunks as JSON, from the chunk that begins the step (or the answer) on
 * @param inputTokens 0 if the model did not say
 * @param outputTokens 0 if the model did not say
 */
record StepResult(
        long first,
        List<String> chunks,
        FinishReason finishReason,
        String modelId,
        int inputTokens,
        int outputTokens) {
    StepResult {
        chunks = List.copyOf(chunks);
    }

    /** The sequence after the last chunk. */
    long end() {
        return first + chunks.size();
    }

    /** What the chunks make, without the {@code step-start}. */
    List<MessagePart> parts() {
        MessageFold fold = new MessageFold(new MessageId("step"));
        chunks.forEach(chunk -> fold.accept(ChunkJson.read(chunk)));
        return fold.stepParts();
    }
}
