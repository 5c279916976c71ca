package io.holdfast.turn;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.MessagePart;

import java.util.ArrayList;
import java.util.List;

/** The chunks that make the parts of a message, for a reader that has none of them. */
final class PartChunks {
    private PartChunks() {}

    /** Each part begins, is said at once, and ends. */
    static List<Chunk> of(List<MessagePart> parts) {
        List<Chunk> chunks = new ArrayList<>();
        for (MessagePart part : parts) {
            String id = "r" + chunks.size();
            switch (part) {
                case MessagePart.StepStart() -> chunks.add(new Chunk.StartStep());
                case MessagePart.Text(String text) -> {
                    chunks.add(new Chunk.TextStart(id));
                    chunks.add(new Chunk.TextDelta(id, text));
                    chunks.add(new Chunk.TextEnd(id));
                }
                case MessagePart.Tool tool -> throw new UnsupportedOperationException();
                case MessagePart.Other other ->
                        throw new IllegalArgumentException("an answer of ours has no such part");
                case MessagePart.Reasoning(String known, String text, var metadata) -> {
                    String name = known == null ? id : known;
                    chunks.add(new Chunk.ReasoningStart(name));
                    chunks.add(new Chunk.ReasoningDelta(name, text));
                    chunks.add(new Chunk.ReasoningEnd(name, metadata));
                }
            }
        }
        return chunks;
    }
}
