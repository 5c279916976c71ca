package io.holdfast.turn;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.Json;
import io.holdfast.stream.ChunkTexts;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream.Beginning;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Makes the chunks of a turn's stream from the record.
 *
 * <p>A reader counts the chunks that it has and can neither go back nor leave one out. So what is
 * complete stands where it stood, and what is lost (the attempts that came to nothing, the step
 * that was being written) is filled with {@code reset-step}: whoever has more of it takes it back,
 * and whoever has none of it sees nothing. There may be more of these than there were chunks, never
 * fewer. What calls of tools have shown in between is filled with empty metadata.
 */
final class StreamRebuild {
    private final Turn turn;
    private final List<String> chunks = new ArrayList<>();
    private int begunStep;

    private StreamRebuild(Turn turn) {
        this.turn = turn;
    }

    /**
     * What the stream of a turn begins with.
     *
     * @param answer what is stored of a turn that has ended, absent if nothing is
     */
    static Beginning of(Turn turn, Steps steps, @Nullable UiMessage answer) {
        StreamRebuild rebuild = new StreamRebuild(turn);
        for (int step = 1; step <= steps.complete().size(); step++) {
            rebuild.complete(step, steps.complete().get(step - 1));
        }
        if (!steps.complete().isEmpty() && !steps.complete().getLast().isSettled()) {
            rebuild.fillUnsaid(steps.complete().getLast().limit());
        }
        if (steps.open() != null) {
            rebuild.fill(steps.open().step(), steps.open().bound());
        }
        if (turn.status().isFinal()) {
            rebuild.end(steps, answer);
        }
        // Its readers wait for what it will say: to the stream, it goes on.
        TurnStatus status = turn.isQueued() ? TurnStatus.RUNNING : turn.status();
        return new Beginning(status, rebuild.chunks, rebuild.begunStep, turn.continued());
    }

    private void complete(int step, StepResult result) {
        fill(step, result.first());
        chunks.addAll(result.chunks());
        begunStep = step;
        for (Call.Placed said : result.said()) {
            fillUnsaid(said.sequence());
            chunks.add(said.chunk());
        }
    }

    /**
     * Fills what calls of tools may have said, and what is of no account any more, with what
     * changes nothing: a {@code reset-step} would take the calls themselves back.
     */
    private void fillUnsaid(long bound) {
        while (chunks.size() < bound) {
            add(new Chunk.MessageMetadata(Json.object()));
        }
    }

    /** Fills the stream up to a sequence with the beginning of a step and nothing else. */
    private void fill(int step, long bound) {
        while (chunks.size() < bound) {
            if (chunks.isEmpty()) {
                add(start());
            } else if (begunStep < step) {
                add(new Chunk.StartStep());
                begunStep = step;
            } else {
                add(new Chunk.ResetStep());
            }
        }
    }

    private void end(Steps steps, @Nullable UiMessage answer) {
        boolean lost = steps.open() != null && begunStep == steps.open().step();
        int complete = steps.complete().size();
        List<MessagePart> said = answer == null ? List.of() : parts(answer, complete + 1);
        if (answer != null && complete > 0) {
            chunks.addAll(ChunkTexts.of(unsettled(answer, complete, steps.complete().getLast())));
        }
        if (lost) {
            // Twice: a reader may have had all of the step, or the turn's last chunk as well.
            add(new Chunk.ResetStep());
            add(new Chunk.ResetStep());
        } else if (!said.isEmpty()) {
            if (chunks.isEmpty()) {
                add(start());
            }
            add(new Chunk.StartStep());
        }
        chunks.addAll(ChunkTexts.of(PartChunks.of(said)));
        add(LastChunk.of(turn, steps));
    }

    /** What readers saw of calls that did not end: only the stored answer has it. */
    private static List<Chunk> unsettled(UiMessage answer, int step, StepResult result) {
        Set<String> unsettled =
                result.calls().stream()
                        .filter(call -> !call.settled())
                        .map(Call::toolCallId)
                        .collect(Collectors.toSet());
        return PartChunks.of(
                parts(answer, step).stream()
                        .filter(
                                part ->
                                        part instanceof MessagePart.Tool tool
                                                && unsettled.contains(tool.toolCallId()))
                        .toList());
    }

    /** The parts of a step of a stored answer, without their {@code step-start}. */
    private static List<MessagePart> parts(UiMessage answer, int step) {
        List<MessagePart> parts = new ArrayList<>();
        int begun = 0;
        for (MessagePart part : answer.parts()) {
            if (part instanceof MessagePart.StepStart) {
                begun++;
            } else if (begun == step) {
                parts.add(part);
            }
        }
        return parts;
    }

    private Chunk start() {
        return new Chunk.Start(turn.answerId().value(), AnswerMetadata.atStart(turn));
    }

    private void add(Chunk chunk) {
        chunks.addAll(ChunkTexts.of(List.of(chunk)));
    }
}
