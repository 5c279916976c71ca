package io.holdfast.turn;

import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.FinishReason;
import io.holdfast.chunk.MessageFold;
import io.holdfast.chunk.MessagePart;
import io.holdfast.platform.MessageId;

import java.util.Comparator;
import java.util.List;

/**
 * What one step said and cost, and the calls of tools that it asked for.
 *
 * <p>It keeps the chunks as they went into the stream, and where: when Redis forgets, the stream is
 * made again with every chunk in its old place, so that every reader's place stays good.
 *
 * @param first the sequence of the first chunk
 * @param chunks as JSON, from the chunk that begins the step (or the answer) on
 * @param ledger what asking the model cost
 * @param calls in the order in which the model asked for them
 * @param limit no chunk of a call has reached this sequence; meaningless without calls
 */
record StepResult(
        long first,
        List<String> chunks,
        FinishReason finishReason,
        String modelId,
        Ledger ledger,
        List<Call> calls,
        long limit) {
    StepResult {
        chunks = List.copyOf(chunks);
        calls = List.copyOf(calls);
    }

    /** The sequence after the last chunk of the step itself. */
    long end() {
        return first + chunks.size();
    }

    /** The chunks about its calls that are in the stream for good, in their order. */
    List<Call.Placed> said() {
        return calls.stream()
                .flatMap(call -> call.said().stream())
                .sorted(Comparator.comparingLong(Call.Placed::sequence))
                .toList();
    }

    /** The sequence after everything that is known to be in the stream about it. */
    long reached() {
        List<Call.Placed> said = said();
        return said.isEmpty() ? end() : said.getLast().sequence() + 1;
    }

    /** Whether nothing more will be said about its calls. */
    boolean isSettled() {
        return calls.stream().allMatch(Call::settled);
    }

    /** What the chunks make, without the {@code step-start}. */
    List<MessagePart> parts() {
        MessageFold fold = new MessageFold(new MessageId("step"));
        chunks.forEach(chunk -> fold.accept(ChunkJson.read(chunk)));
        said().forEach(placed -> fold.accept(ChunkJson.read(placed.chunk())));
        return fold.stepParts();
    }
}
