package io.holdfast.turn;

import io.holdfast.chunk.Chunk;

/** The chunk that ends a turn's stream; it follows from the record. */
final class LastChunk {
    private static final String STOPPED = "Stopped by the user.";

    private LastChunk() {}

    /**
     * The last chunk of a turn that has ended.
     *
     * @throws IllegalArgumentException if it has not
     */
    static Chunk of(Turn turn, Steps steps) {
        return switch (turn.status()) {
            case COMPLETED ->
                    new Chunk.Finish(
                            steps.complete().getLast().finishReason(),
                            AnswerMetadata.atFinish(steps.complete()));
            case FAILED ->
                    new Chunk.Failure(
                            FailureWords.of(turn.failure() == null ? "" : turn.failure()));
            case CANCELLED -> abort();
            case QUEUED, RUNNING, WAITING ->
                    throw new IllegalArgumentException(turn.id() + " goes on");
        };
    }

    /** The last chunk of a turn that is cancelled. */
    static Chunk abort() {
        return new Chunk.Abort(STOPPED);
    }
}
