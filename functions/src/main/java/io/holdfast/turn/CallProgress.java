package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.chunk.Chunk;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.PublishFailedException;
import io.holdfast.stream.TurnWriter;
import io.holdfast.tool.Progress;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/** Shows what a call has to show before it is done: not too often, and not for ever. */
final class CallProgress implements Progress {
    private static final Logger LOG = LoggerFactory.getLogger(CallProgress.class);

    /** A person reads no faster, and each costs a post for every reader. */
    private static final Duration PAUSE = Duration.ofMillis(250);

    private static final int MOST = 200;

    private final TurnWriter writer;
    private final TurnId turn;
    private final String toolCallId;
    private final InstantSource clock;
    private Instant next = Instant.MIN;
    private int shown;
    private boolean over;

    CallProgress(TurnWriter writer, TurnId turn, String toolCallId, InstantSource clock) {
        this.writer = writer;
        this.turn = turn;
        this.toolCallId = toolCallId;
        this.clock = clock;
    }

    @Override
    public synchronized void report(JsonNode preliminary) {
        Instant now = clock.instant();
        if (over || shown == MOST || now.isBefore(next)) {
            return;
        }
        next = now.plus(PAUSE);
        shown++;
        try {
            // What the writer finds is found again when the result is written.
            var _ =
                    writer.write(
                            new Chunk.ToolOutputAvailable(
                                    toolCallId, Shown.output(preliminary, turn, toolCallId), true));
        } catch (PublishFailedException e) {
            // The tool goes on: its result goes into the record first, and is shown by a retry.
            LOG.info("The progress of a tool could not be shown", e);
            over = true;
        }
    }

    /** From now on nothing is shown: a tool may go on that nobody waits for any more. */
    synchronized void end() {
        over = true;
    }
}
