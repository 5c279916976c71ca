package io.holdfast.turn;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.MessageFold;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** What finishing, failing and cancelling a turn share: its stream's end and its partial answer. */
final class TurnEnd {
    private final TurnStream stream;

    TurnEnd(TurnStream stream) {
        this.stream = stream;
    }

    /** Closes a turn's stream with its last chunk; one that Redis forgot is opened for it. */
    TurnStream.Closed close(
            TurnId turn, TurnStatus status, Chunk last, String holder, Instant now) {
        List<String> chunks = List.of(ChunkJson.write(last));
        TurnStream.Closed closed = stream.close(turn, status, chunks, holder, now);
        if (closed instanceof TurnStream.Closed.Missing) {
            stream.create(turn, TurnStream.Beginning.EMPTY, now);
            closed = stream.close(turn, status, chunks, holder, now);
        }
        return closed;
    }

    /** What readers have seen of an answer so far; empty if that is nothing. */
    Optional<UiMessage> seen(Turn turn) {
        MessageFold fold = new MessageFold(turn.answerId());
        long next = 0;
        List<TurnStream.Entry> entries;
        do {
            entries = stream.read(turn.id(), next);
            entries.forEach(entry -> fold.accept(ChunkJson.read(entry.chunk())));
            next += entries.size();
        } while (!entries.isEmpty());
        UiMessage message = fold.message();
        return message.parts().isEmpty() ? Optional.empty() : Optional.of(message);
    }
}
