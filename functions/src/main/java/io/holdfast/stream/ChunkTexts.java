package io.holdfast.stream;

import io.holdfast.chunk.Chunk;

import java.time.Instant;
import java.util.List;

/** Chunks as the stream holds them: JSON, each small enough for its frame. */
public final class ChunkTexts {
    private ChunkTexts() {}

    /**
     * The JSON of chunks: deltas that follow each other are one, long ones are cut.
     *
     * @throws ChunkTooLargeException if a chunk that is no delta fits no frame
     */
    public static List<String> of(List<Chunk> chunks) {
        Coalescer coalescer = new Coalescer(CoalesceSettings.DEFAULT);
        for (Chunk chunk : chunks) {
            var _ = coalescer.add(chunk, Instant.EPOCH);
        }
        return coalescer.drain(Instant.EPOCH).chunks();
    }
}
