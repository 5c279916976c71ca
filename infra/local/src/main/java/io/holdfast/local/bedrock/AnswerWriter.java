package io.holdfast.local.bedrock;

import org.jspecify.annotations.Nullable;

import java.time.InstantSource;

/**
 * Turns what a model says into the events of one answer: opens and closes blocks, numbers them, and
 * counts. Used by one thread.
 */
public final class AnswerWriter {
    private enum Kind {
        TEXT,
        REASONING,
        TOOL_USE
    }

    private final ConverseEvent.Sink sink;
    private final InstantSource clock;
    private final long startedAt;
    private long inputTokens;
    private long outputTokens;
    private boolean counted;
    private boolean started;
    private @Nullable Kind open;
    private int index;

    /**
     * An answer to a request.
     *
     * @param inputTokens how much was asked, until {@link #usage} says better
     */
    AnswerWriter(ConverseEvent.Sink sink, InstantSource clock, long inputTokens) {
        this.sink = sink;
        this.clock = clock;
        this.inputTokens = inputTokens;
        this.startedAt = clock.millis();
    }

    /** Begins the message, before there is anything to say; done by itself otherwise. */
    public void begin() throws ClientGone {
        if (!started) {
            started = true;
            sink.accept(new ConverseEvent.MessageStart());
        }
    }

    /** Says some words; empty ones are left out. */
    public void text(String delta) throws ClientGone {
        if (!delta.isEmpty()) {
            open(Kind.TEXT);
            emit(new ConverseEvent.TextDelta(index, delta));
        }
    }

    /** Thinks some words; empty ones are left out. */
    public void reasoning(String delta) throws ClientGone {
        if (!delta.isEmpty()) {
            open(Kind.REASONING);
            emit(new ConverseEvent.ReasoningDelta(index, delta));
        }
    }

    /** Signs the reasoning, at its end. */
    public void signature(String signature) throws ClientGone {
        open(Kind.REASONING);
        emit(new ConverseEvent.SignatureDelta(index, signature));
    }

    /**
     * Asks for a tool; its input follows, and ends with the next call, the next word or the end.
     */
    public void toolUse(String toolUseId, String name) throws ClientGone {
        close();
        open(Kind.TOOL_USE);
        sink.accept(new ConverseEvent.ToolUseStart(index, toolUseId, name));
    }

    /** A piece of the input, as JSON text; may be empty, as the real service's first one is. */
    public void toolInput(String json) throws ClientGone {
        if (open != Kind.TOOL_USE) {
            throw new IllegalStateException("Input without a tool call");
        }
        emit(new ConverseEvent.ToolInputDelta(index, json));
    }

    /** Replaces the count of one token per delta. */
    public void usage(long input, long output) {
        inputTokens = input;
        outputTokens = output;
        counted = true;
    }

    /** Closes the message. */
    void finish(StopReason reason) throws ClientGone {
        close();
        begin();
        sink.accept(new ConverseEvent.MessageStop(reason));
        sink.accept(
                new ConverseEvent.Metadata(inputTokens, outputTokens, clock.millis() - startedAt));
    }

    private void emit(ConverseEvent event) throws ClientGone {
        sink.accept(event);
        if (!counted) {
            outputTokens++;
        }
    }

    private void open(Kind kind) throws ClientGone {
        if (open == kind) {
            return;
        }
        close();
        begin();
        open = kind;
    }

    private void close() throws ClientGone {
        if (open != null) {
            sink.accept(new ConverseEvent.BlockStop(index));
            open = null;
            index++;
        }
    }
}
