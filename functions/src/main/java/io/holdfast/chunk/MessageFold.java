package io.holdfast.chunk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.MessageId;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Folds chunks into the message that the client builds from them.
 *
 * <p>The rules are those of the AI SDK's {@code processUIMessageStream} (npm {@code ai} 7, {@code
 * src/ui/process-ui-message-stream.ts}), so that what is stored is what was seen. A part that was
 * never ended stays with what it has: a partial answer. Where a chunk comes that no writer of ours
 * sends (a denial after an output), the client keeps fields of the old state; here they go.
 *
 * <p>Not for use by several threads.
 */
public final class MessageFold {
    /** Keys that {@code mergeObjects} passes over, since a client could be poisoned by them. */
    private static final Set<String> NEVER_MERGED = Set.of("__proto__", "constructor", "prototype");

    private final List<Piece> pieces = new ArrayList<>();
    private final Map<String, Piece.Text> openTexts = new HashMap<>();
    private final Map<String, Piece.Reasoning> openReasonings = new HashMap<>();
    private final ToolCalls tools = new ToolCalls(pieces);
    private MessageId id;
    private @Nullable ObjectNode metadata;

    /** Begins an empty message of the assistant; a {@link Chunk.Start} may give it another id. */
    public MessageFold(MessageId id) {
        this.id = id;
    }

    /**
     * Takes the next chunk.
     *
     * @throws InvalidChunkException if it cannot come here (a delta of a part that is not open)
     */
    public void accept(Chunk chunk) {
        switch (chunk) {
            case Chunk.Start(String messageId, JsonNode more) -> {
                id = new MessageId(messageId);
                mergeMetadata("start", more);
            }
            case Chunk.StartStep() -> pieces.add(new Piece.StepStart());
            case Chunk.ResetStep() -> {
                pieces.subList(stepBegin(pieces), pieces.size()).clear();
                openTexts.clear();
                openReasonings.clear();
                tools.reset();
            }
            case Chunk.FinishStep() -> {
                // Parts are ended by chunks of their own.
            }
            case Chunk.TextStart(String part) ->
                    begin(openTexts, part, new Piece.Text(new StringBuilder()));
            case Chunk.TextDelta(String part, String delta) ->
                    open(openTexts, part, "text-delta").text().append(delta);
            case Chunk.TextEnd(String part) -> {
                open(openTexts, part, "text-end");
                openTexts.remove(part);
            }
            case Chunk.ReasoningStart(String part) ->
                    begin(openReasonings, part, new Piece.Reasoning(part));
            case Chunk.ReasoningDelta(String part, String delta) ->
                    open(openReasonings, part, "reasoning-delta").text.append(delta);
            case Chunk.ReasoningEnd(String part, JsonNode more) -> {
                Piece.Reasoning piece = open(openReasonings, part, "reasoning-end");
                if (more != null) {
                    piece.metadata = object(more, "reasoning-end: providerMetadata");
                }
                openReasonings.remove(part);
            }
            case Chunk.ToolInputStart tool -> tools.accept(tool);
            case Chunk.ToolInputDelta tool -> tools.accept(tool);
            case Chunk.ToolInputAvailable tool -> tools.accept(tool);
            case Chunk.ToolInputError tool -> tools.accept(tool);
            case Chunk.ToolApprovalRequest tool -> tools.accept(tool);
            case Chunk.ToolApprovalResponse tool -> tools.accept(tool);
            case Chunk.ToolOutputAvailable tool -> tools.accept(tool);
            case Chunk.ToolOutputError tool -> tools.accept(tool);
            case Chunk.ToolOutputDenied tool -> tools.accept(tool);
            case Chunk.MessageMetadata(JsonNode more) -> mergeMetadata("message-metadata", more);
            case Chunk.Finish finish -> mergeMetadata("finish", finish.messageMetadata());
            case Chunk.Abort abort -> {
                // What was said stays.
            }
            case Chunk.Failure failure -> {
                // Shown beside the message, not in it.
            }
        }
    }

    /** The message so far. */
    public UiMessage message() {
        return new UiMessage(
                id,
                UiMessage.Role.ASSISTANT,
                pieces.stream().map(Piece::part).toList(),
                metadata == null ? null : metadata.deepCopy());
    }

    /** The parts of the current step so far, without its {@code step-start}. */
    public List<MessagePart> stepParts() {
        return pieces.subList(stepBegin(pieces), pieces.size()).stream().map(Piece::part).toList();
    }

    /** Where the parts of the current step begin. */
    static int stepBegin(List<Piece> pieces) {
        int begin = pieces.size();
        while (begin > 0 && !(pieces.get(begin - 1) instanceof Piece.StepStart)) {
            begin--;
        }
        return begin;
    }

    private <P extends Piece> void begin(Map<String, P> open, String part, P piece) {
        pieces.add(piece);
        open.put(part, piece);
    }

    private static <P extends Piece> P open(Map<String, P> open, String part, String type) {
        P piece = open.get(part);
        if (piece == null) {
            throw new InvalidChunkException(type + " for a part that is not open");
        }
        return piece;
    }

    private void mergeMetadata(String type, @Nullable JsonNode more) {
        if (more != null && !more.isNull()) {
            ObjectNode object = object(more, type + ": messageMetadata");
            metadata = metadata == null ? object.deepCopy() : merge(metadata, object);
        }
    }

    private static ObjectNode merge(ObjectNode base, ObjectNode more) {
        ObjectNode merged = base.deepCopy();
        for (Map.Entry<String, JsonNode> field : more.properties()) {
            if (NEVER_MERGED.contains(field.getKey())) {
                continue;
            }
            JsonNode value = field.getValue();
            if (value instanceof ObjectNode object
                    && merged.get(field.getKey()) instanceof ObjectNode old) {
                value = merge(old, object);
            }
            merged.set(field.getKey(), value.deepCopy());
        }
        return merged;
    }

    private static ObjectNode object(JsonNode json, String place) {
        if (json instanceof ObjectNode object) {
            return object;
        }
        throw new InvalidChunkException(place + " must be an object");
    }
}
