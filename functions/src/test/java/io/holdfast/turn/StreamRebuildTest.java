package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.assistant.ReasoningEffort;
import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.FinishReason;
import io.holdfast.chunk.MessageFold;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.Json;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream.Beginning;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

class StreamRebuildTest {
    private static final MessageId ANSWER = new MessageId("msg_answer");

    @Test
    @DisplayName("whatever a reader had, it ends with the same message: 3,000 random turns")
    void everyReaderEndsWithTheSameMessage() {
        for (long seed = 0; seed < 3_000; seed++) {
            try {
                run(new Random(seed));
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
    }

    @Test
    @DisplayName("a completed turn is made again chunk by chunk")
    void completedIsExact() {
        History history = new History(new Random(7));
        history.step(2, true);
        history.step(1, true);
        Turn turn = turn(TurnStatus.COMPLETED, null);
        history.write(LastChunk.of(turn, history.steps(0)));

        Beginning rebuilt = StreamRebuild.of(turn, history.steps(0), null);

        assertThat(rebuilt.status()).isEqualTo(TurnStatus.COMPLETED);
        assertThat(rebuilt.begunStep()).isEqualTo(2);
        // Only the attempt that came to nothing is not what it was.
        int winner = (int) history.complete.getFirst().first();
        assertThat(rebuilt.chunks()).hasSameSizeAs(history.chunks);
        assertThat(rebuilt.chunks().subList(winner, rebuilt.chunks().size()))
                .isEqualTo(history.chunks.subList(winner, history.chunks.size()));
    }

    @Test
    @DisplayName("a turn that nobody has written yet has nothing")
    void nothing() {
        Beginning rebuilt =
                StreamRebuild.of(turn(TurnStatus.RUNNING, null), new Steps(List.of(), null), null);
        assertThat(rebuilt.chunks()).isEmpty();
        assertThat(rebuilt.begunStep()).isZero();
    }

    @Test
    @DisplayName("a turn that never started says so and nothing else")
    void neverStarted() {
        Turn turn = turn(TurnStatus.FAILED, FailureWords.NOT_STARTED);
        assertThat(StreamRebuild.of(turn, new Steps(List.of(), null), null).chunks())
                .singleElement()
                .asString()
                .contains("\"error\"")
                .contains(FailureWords.of(FailureWords.NOT_STARTED));
    }

    private static void run(Random random) {
        History history = new History(random);
        int complete = random.nextInt(4);
        for (int step = 0; step < complete; step++) {
            history.step(1 + random.nextInt(3), true);
        }
        boolean open = complete == 0 || random.nextBoolean();
        if (open) {
            history.step(random.nextInt(3), false);
        }
        int spare = random.nextInt(3) * random.nextInt(5);
        switch (random.nextInt(3)) {
            case 0 -> goesOn(history, spare, complete + 1);
            case 1 -> ended(history, spare, turn(TurnStatus.CANCELLED, null), random);
            default -> ended(history, spare, turn(TurnStatus.FAILED, "refused"), random);
        }
    }

    /** The step is written again on top of what was made again. */
    private static void goesOn(History history, int spare, int step) {
        Turn turn = turn(TurnStatus.RUNNING, null);
        Beginning rebuilt = StreamRebuild.of(turn, history.steps(spare), null);
        List<String> now = new ArrayList<>(rebuilt.chunks());
        if (now.isEmpty()) {
            now.add(json(new Chunk.Start(ANSWER.value(), null)));
        }
        now.add(json(rebuilt.begunStep() == step ? new Chunk.ResetStep() : new Chunk.StartStep()));
        now.add(json(new Chunk.TextStart("again")));
        now.add(json(new Chunk.TextDelta("again", "said again")));
        now.add(json(new Chunk.TextEnd("again")));
        List<MessagePart> expected = new ArrayList<>(history.completeParts());
        expected.add(new MessagePart.StepStart());
        expected.add(new MessagePart.Text("said again"));
        everyReader(history, now, expected);
    }

    private static void ended(History history, int spare, Turn turn, Random random) {
        // What was seen is stored, unless Redis had forgotten it by then.
        boolean seen = random.nextBoolean();
        List<MessagePart> stored = seen ? parts(history.chunks) : history.completeParts();
        Steps steps = history.steps(spare);
        if (seen && random.nextBoolean()) {
            // Then the writer has ended in good order, and has said how far it came.
            steps = history.steps(0);
            history.write(LastChunk.of(turn, steps));
        }
        UiMessage answer =
                stored.isEmpty()
                        ? null
                        : new UiMessage(ANSWER, UiMessage.Role.ASSISTANT, stored, null);
        Beginning rebuilt = StreamRebuild.of(turn, steps, answer);
        assertThat(rebuilt.chunks().getLast()).isEqualTo(json(LastChunk.of(turn, steps)));
        everyReader(history, rebuilt.chunks(), stored);
    }

    private static void everyReader(History history, List<String> now, List<MessagePart> expected) {
        assertThat(now).hasSizeGreaterThanOrEqualTo(history.chunks.size());
        for (int had = 0; had <= history.chunks.size(); had++) {
            List<String> received = new ArrayList<>(history.chunks.subList(0, had));
            received.addAll(now.subList(had, now.size()));
            assertThat(withoutEmptyStep(parts(received)))
                    .as("a reader that had %d of %d", had, history.chunks.size())
                    .isEqualTo(withoutEmptyStep(expected));
        }
    }

    private static List<MessagePart> parts(List<String> chunks) {
        MessageFold fold = new MessageFold(ANSWER);
        chunks.forEach(chunk -> fold.accept(ChunkJson.read(chunk)));
        return fold.message().parts();
    }

    /** A step that was taken back leaves its beginning, which nobody sees. */
    private static List<MessagePart> withoutEmptyStep(List<MessagePart> parts) {
        List<MessagePart> seen = new ArrayList<>(parts);
        while (!seen.isEmpty() && seen.getLast() instanceof MessagePart.StepStart) {
            seen.removeLast();
        }
        return seen;
    }

    private static String json(Chunk chunk) {
        return ChunkJson.write(chunk);
    }

    private static Turn turn(TurnStatus status, @Nullable String failure) {
        return new Turn(
                new TurnId("turn_12345678"),
                new SessionId("session-1"),
                new UserId("alice"),
                Set.of(),
                status,
                ANSWER,
                1,
                "none",
                new Turn.Choice("default", "model", ReasoningEffort.NONE),
                0,
                Instant.EPOCH,
                status.isFinal() ? Instant.EPOCH : null,
                failure);
    }

    /** A turn as it was written, and what the record has of it. */
    private static final class History {
        private final Random random;
        private final List<String> chunks = new ArrayList<>();
        private final List<StepResult> complete = new ArrayList<>();
        private int open;
        private int texts;

        History(Random random) {
            this.random = random;
        }

        /** A step in some attempts, of which the last may complete it. */
        void step(int attempts, boolean completes) {
            int step = complete.size() + 1;
            boolean begun = false;
            for (int attempt = 1; attempt <= attempts; attempt++) {
                int first = chunks.size();
                if (first == 0) {
                    write(new Chunk.Start(ANSWER.value(), null));
                }
                write(begun ? new Chunk.ResetStep() : new Chunk.StartStep());
                begun = true;
                boolean last = completes && attempt == attempts;
                say(last);
                if (last) {
                    write(new Chunk.FinishStep());
                    complete.add(
                            new StepResult(
                                    first,
                                    chunks.subList(first, chunks.size()),
                                    FinishReason.STOP,
                                    "model",
                                    1,
                                    1,
                                    List.of(),
                                    0));
                    return;
                }
            }
            open = step;
        }

        private void say(boolean whole) {
            for (int part = random.nextInt(3); part >= 0; part--) {
                String id = "t" + texts++;
                boolean reasoning = random.nextInt(3) == 0;
                write(reasoning ? new Chunk.ReasoningStart(id) : new Chunk.TextStart(id));
                for (int delta = random.nextInt(3); delta >= 0; delta--) {
                    String text = id + "." + delta + " ";
                    write(
                            reasoning
                                    ? new Chunk.ReasoningDelta(id, text)
                                    : new Chunk.TextDelta(id, text));
                }
                if (!whole && part == 0 && random.nextBoolean()) {
                    return;
                }
                write(
                        reasoning
                                ? new Chunk.ReasoningEnd(id, Json.object().put("signature", "s"))
                                : new Chunk.TextEnd(id));
            }
        }

        void write(Chunk chunk) {
            chunks.add(json(chunk));
        }

        /** The record, with so many sequences reserved beyond those that were used. */
        Steps steps(int spare) {
            return new Steps(
                    complete, open == 0 ? null : new Steps.Open(open, 0, chunks.size() + spare));
        }

        List<MessagePart> completeParts() {
            List<MessagePart> parts = new ArrayList<>();
            for (StepResult step : complete) {
                parts.add(new MessagePart.StepStart());
                parts.addAll(step.parts());
            }
            return parts;
        }
    }
}
