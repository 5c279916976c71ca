package io.holdfast.stream;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * Decides which chunks are written when. Deltas of one part merge while they wait; two writes of
 * deltas are at least a window apart, unless there is much text or another part begins. Knows no
 * threads and no clock.
 */
final class Coalescer {
    /** Escaped UTF-8 bytes of text in one delta: with its frame it stays well under 32 KB. */
    static final int MAX_DELTA_BYTES = 24 * 1024;

    private final CoalesceSettings settings;
    private final List<String> ready = new ArrayList<>();
    private @Nullable Delta open;
    private boolean holdsStartStep;
    private boolean holdsDelta;
    private int bytes;
    private Duration window;
    private @Nullable Instant since;
    // Absent before the first delta of a part, which waits for nothing.
    private @Nullable Instant lastWrite;

    Coalescer(CoalesceSettings settings) {
        this.settings = settings;
        this.window = settings.firstWindow();
    }

    /**
     * What is to be written.
     *
     * @param holdsStartStep whether a step begins in it
     */
    record Batch(List<String> chunks, boolean holdsStartStep) {}

    /**
     * Takes a chunk.
     *
     * @return whether all that waits should be written now
     * @throws ChunkTooLargeException if it fits no frame and is no delta
     */
    boolean add(Chunk chunk, Instant now) {
        return switch (chunk) {
            case Chunk.TextDelta(String id, String text) ->
                    addDelta(Delta.Kind.TEXT, id, text, now);
            case Chunk.ReasoningDelta(String id, String text) ->
                    addDelta(Delta.Kind.REASONING, id, text, now);
            case Chunk.ToolInputDelta(String call, String text) ->
                    addDelta(Delta.Kind.TOOL_INPUT, call, text, now);
            // Goes along with its first delta, which comes at once, or when the window is over.
            case Chunk.TextStart start -> {
                addWhole(start, now);
                lastWrite = null;
                yield false;
            }
            case Chunk.ReasoningStart start -> {
                addWhole(start, now);
                lastWrite = null;
                yield false;
            }
            case Chunk.ToolInputStart start -> {
                addWhole(start, now);
                lastWrite = null;
                yield false;
            }
            default -> {
                addWhole(chunk, now);
                yield true;
            }
        };
    }

    /** When what waits must be written at the latest; absent if nothing waits. */
    @Nullable Instant due() {
        return since == null ? null : since.plus(window);
    }

    /** Takes all that waits. */
    Batch drain(Instant now) {
        seal();
        Batch batch = new Batch(List.copyOf(ready), holdsStartStep);
        if (holdsDelta) {
            lastWrite = now;
            Duration grown = Duration.ofNanos((long) (window.toNanos() * settings.growth()));
            window = grown.compareTo(settings.maxWindow()) < 0 ? grown : settings.maxWindow();
        }
        ready.clear();
        holdsStartStep = false;
        holdsDelta = false;
        bytes = 0;
        since = null;
        return batch;
    }

    private void addWhole(Chunk chunk, Instant now) {
        String json = ChunkJson.write(chunk);
        int size = json.getBytes(StandardCharsets.UTF_8).length;
        if (size > Frames.MAX_BYTES - Frames.MAX_OVERHEAD) {
            throw new ChunkTooLargeException(chunk, size);
        }
        seal();
        ready.add(json);
        holdsStartStep |= chunk instanceof Chunk.StartStep;
        waitsSince(now);
    }

    private boolean addDelta(Delta.Kind kind, String id, String text, Instant now) {
        if (text.isEmpty()) {
            return false;
        }
        for (JsonText.Piece piece : JsonText.cut(text, MAX_DELTA_BYTES)) {
            if (open == null || !open.takes(kind, id, piece.bytes())) {
                seal();
                open = new Delta(kind, id);
            }
            open.add(piece);
            bytes += piece.bytes();
        }
        holdsDelta = true;
        waitsSince(now);
        return bytes >= settings.maxBytes()
                || lastWrite == null
                || !now.isBefore(lastWrite.plus(window));
    }

    private void waitsSince(Instant now) {
        if (since == null) {
            since = now;
        }
    }

    private void seal() {
        if (open != null) {
            ready.add(ChunkJson.write(open.chunk()));
            open = null;
        }
    }

    /** A delta that still grows. */
    private static final class Delta {
        private final Kind kind;
        private final String id;
        private final StringBuilder text = new StringBuilder();
        private int bytes;

        enum Kind {
            TEXT,
            REASONING,
            TOOL_INPUT
        }

        Delta(Kind kind, String id) {
            this.kind = kind;
            this.id = id;
        }

        boolean takes(Kind ofKind, String ofId, int more) {
            return kind == ofKind && id.equals(ofId) && bytes + more <= MAX_DELTA_BYTES;
        }

        void add(JsonText.Piece piece) {
            text.append(piece.text());
            bytes += piece.bytes();
        }

        Chunk chunk() {
            return switch (kind) {
                case TEXT -> new Chunk.TextDelta(id, text.toString());
                case REASONING -> new Chunk.ReasoningDelta(id, text.toString());
                case TOOL_INPUT -> new Chunk.ToolInputDelta(id, text.toString());
            };
        }
    }
}
