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

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;

class StreamRebuildTest {
    private static final MessageId ANSWER = new MessageId("msg_answer");

    /** Each is read by many readers. */
    private static final Map<String, Chunk> READ = new HashMap<>();

    @Test
    @DisplayName("whatever a reader had, it ends with the same message: 1,500 random turns")
    void everyReaderEndsWithTheSameMessage() {
        for (long seed = 0; seed < 1_500; seed++) {
            try {
                READ.clear();
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
        history.step(2, true, 0);
        history.step(1, true, 0);
        Turn turn = turn(TurnStatus.COMPLETED, null);
        history.write(LastChunk.of(turn, history.steps(0)));

        Beginning rebuilt = StreamRebuild.of(turn, history.steps(0), null);

        assertThat(rebuilt.status()).isEqualTo(TurnStatus.COMPLETED);
        assertThat(rebuilt.begunStep()).isEqualTo(2);
        // Only the attempt that came to nothing is not what it was.
        int winner = history.complete.getFirst().first;
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
            history.settleCalls();
            history.step(1 + random.nextInt(3), true, random.nextInt(3));
        }
        boolean open = complete == 0 || random.nextBoolean();
        if (open || random.nextBoolean()) {
            history.settleCalls();
        } else {
            history.runCalls(random.nextInt(25));
        }
        if (open) {
            history.step(random.nextInt(3), false, 0);
        }
        int spare = random.nextInt(3) * random.nextInt(5);
        switch (random.nextInt(4)) {
            case 0 -> goesOn(history, spare, complete + 1);
            case 1 -> ended(history, spare, turn(TurnStatus.CANCELLED, null), random);
            case 2 -> ended(history, spare, turn(TurnStatus.FAILED, "refused"), random);
            default -> {
                if (open) {
                    goesOn(history, spare, complete + 1);
                } else {
                    completed(history);
                }
            }
        }
    }

    /** What calls bring is shown, and the step is written again, on top of what was made again. */
    private static void goesOn(History history, int spare, int step) {
        Turn turn = turn(TurnStatus.RUNNING, null);
        Beginning rebuilt = StreamRebuild.of(turn, history.steps(spare), null);
        history.makeAgain(rebuilt.chunks());
        history.settleCalls();
        if (history.chunks.isEmpty()) {
            history.write(new Chunk.Start(ANSWER.value(), null));
        }
        history.write(rebuilt.begunStep() == step ? new Chunk.ResetStep() : new Chunk.StartStep());
        history.write(new Chunk.TextStart("again"));
        history.write(new Chunk.TextDelta("again", "said again"));
        history.write(new Chunk.TextEnd("again"));
        List<MessagePart> expected = new ArrayList<>(history.completeParts());
        expected.add(new MessagePart.StepStart());
        expected.add(new MessagePart.Text("said again"));
        history.everyReaderHas(expected);
    }

    private static void completed(History history) {
        history.settleCalls();
        Turn turn = turn(TurnStatus.COMPLETED, null);
        Steps steps = history.steps(0);
        history.write(LastChunk.of(turn, steps));
        List<MessagePart> stored = history.completeParts();
        Beginning rebuilt = StreamRebuild.of(turn, steps, message(stored));
        assertThat(rebuilt.chunks().getLast()).isEqualTo(json(LastChunk.of(turn, steps)));
        history.makeAgain(rebuilt.chunks());
        history.everyReaderHas(stored);
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
        Beginning rebuilt =
                StreamRebuild.of(turn, steps, stored.isEmpty() ? null : message(stored));
        assertThat(rebuilt.chunks().getLast()).isEqualTo(json(LastChunk.of(turn, steps)));
        history.makeAgain(rebuilt.chunks());
        history.everyReaderHas(stored);
    }

    private static UiMessage message(List<MessagePart> parts) {
        return new UiMessage(ANSWER, UiMessage.Role.ASSISTANT, parts, null);
    }

    private static List<MessagePart> parts(List<String> chunks) {
        return parts(List.of(), chunks);
    }

    /** What somebody has who read some chunks, and then goes on in a stream behind them. */
    private static List<MessagePart> parts(List<String> had, List<String> chunks) {
        MessageFold fold = new MessageFold(ANSWER);
        had.forEach(chunk -> fold.accept(read(chunk)));
        chunks.subList(had.size(), chunks.size()).forEach(chunk -> fold.accept(read(chunk)));
        return fold.message().parts();
    }

    private static Chunk read(String chunk) {
        return READ.computeIfAbsent(chunk, ChunkJson::read);
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

    /** A turn as it was written, what the record has of it, and who has read how much. */
    private static final class History {
        private final Random random;
        private final List<StepLife> complete = new ArrayList<>();
        private final List<List<String>> readers = new ArrayList<>();
        private List<String> chunks = new ArrayList<>();
        private int open;
        private int streams;
        private int names;

        History(Random random) {
            this.random = random;
        }

        /** A step in some attempts, of which the last may complete it. */
        void step(int attempts, boolean completes, int calls) {
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
                    List<CallLife> asked = new ArrayList<>();
                    for (int index = 0; index < calls; index++) {
                        asked.add(ask(new CallId(step, index)));
                    }
                    asked.forEach(CallLife::askHuman);
                    write(new Chunk.FinishStep());
                    complete.add(new StepLife(first, chunks.subList(first, chunks.size()), asked));
                    return;
                }
            }
            open = step;
        }

        private void say(boolean whole) {
            for (int part = random.nextInt(3); part >= 0; part--) {
                String id = "t" + names++;
                boolean cutOff = !whole && part == 0 && random.nextBoolean();
                switch (random.nextInt(whole ? 3 : 4)) {
                    case 0 -> {
                        write(new Chunk.ReasoningStart(id));
                        deltas(id, delta -> new Chunk.ReasoningDelta(id, delta));
                        if (!cutOff) {
                            var metadata = Json.object().put("signature", "s");
                            write(new Chunk.ReasoningEnd(id, metadata));
                        }
                    }
                    case 1, 2 -> {
                        write(new Chunk.TextStart(id));
                        deltas(id, delta -> new Chunk.TextDelta(id, delta));
                        if (!cutOff) {
                            write(new Chunk.TextEnd(id));
                        }
                    }
                    default -> {
                        write(new Chunk.ToolInputStart(id, "echo", false));
                        deltas(id, delta -> new Chunk.ToolInputDelta(id, delta));
                        if (!cutOff) {
                            write(new Chunk.ToolInputAvailable(id, "echo", false, Json.object()));
                        }
                    }
                }
            }
        }

        private void deltas(String id, Function<String, Chunk> chunk) {
            for (int delta = random.nextInt(3); delta >= 0; delta--) {
                write(chunk.apply(id + "." + delta + " "));
            }
        }

        private CallLife ask(CallId id) {
            CallLife call = new CallLife(id, random.nextInt(3) == 0);
            write(new Chunk.ToolInputStart(call.name, "echo", call.dynamic));
            write(new Chunk.ToolInputDelta(call.name, "{}"));
            if (random.nextInt(8) == 0) {
                write(
                        new Chunk.ToolInputError(
                                call.name, "echo", call.dynamic, Json.object(), "no such tool"));
                call.refuse();
            } else {
                write(new Chunk.ToolInputAvailable(call.name, "echo", call.dynamic, Json.object()));
            }
            return call;
        }

        /** Lets the calls of the last step go on, side by side, until they are settled. */
        void settleCalls() {
            runCalls(Integer.MAX_VALUE);
        }

        /** Lets the calls of the last step go on, side by side; Redis may forget meanwhile. */
        void runCalls(int events) {
            for (int event = 0; event < events || !mayForget(); event++) {
                List<CallLife> unsettled =
                        complete.isEmpty()
                                ? List.of()
                                : complete.getLast().calls.stream()
                                        .filter(call -> call.next != Next.NOTHING)
                                        .toList();
                if (unsettled.isEmpty()) {
                    return;
                }
                unsettled.get(random.nextInt(unsettled.size())).goOn();
                if (mayForget() && random.nextInt(60) == 0) {
                    Turn turn = turn(TurnStatus.RUNNING, null);
                    makeAgain(StreamRebuild.of(turn, steps(0), null).chunks());
                }
            }
        }

        /** Once between a result's chunk and its note, but not twice. */
        private boolean mayForget() {
            return complete.stream()
                    .flatMap(step -> step.calls.stream())
                    .noneMatch(call -> call.isBetween() && call.forgotten);
        }

        /** Redis has forgotten the stream, and this is it from now on. */
        void makeAgain(List<String> now) {
            assertThat(now).hasSizeGreaterThanOrEqualTo(chunks.size());
            readers.forEach(this::readOn);
            for (int had = 0; had <= chunks.size(); had++) {
                readers.add(new ArrayList<>(chunks.subList(0, had)));
            }
            complete.forEach(step -> step.calls.forEach(call -> call.forgotten = true));
            chunks = new ArrayList<>(now);
            streams++;
            readers.forEach(this::hasEveryResult);
        }

        private void readOn(List<String> reader) {
            int to = reader.size() + random.nextInt(chunks.size() - reader.size() + 1);
            reader.addAll(chunks.subList(reader.size(), to));
        }

        private void hasEveryResult(List<String> reader) {
            List<MessagePart> has = parts(reader, chunks);
            for (StepLife step : complete) {
                for (CallLife call : step.calls) {
                    if (call.next == Next.NOTHING) {
                        assertThat(has)
                                .as("what a reader of %d has", reader.size())
                                .contains(call.part());
                    }
                }
            }
        }

        void everyReaderHas(List<MessagePart> expected) {
            for (List<String> reader : readers) {
                assertThat(withoutEmptyStep(parts(reader, chunks)))
                        .as("a reader that had %d of %d", reader.size(), chunks.size())
                        .isEqualTo(withoutEmptyStep(expected));
            }
        }

        void write(Chunk chunk) {
            chunks.add(json(chunk));
        }

        /** The record, with so many sequences reserved beyond those that were used. */
        Steps steps(int spare) {
            return new Steps(
                    complete.stream().map(StepLife::result).toList(),
                    open == 0 ? null : new Steps.Open(open, 0, chunks.size() + spare));
        }

        List<MessagePart> completeParts() {
            List<MessagePart> parts = new ArrayList<>();
            for (StepLife step : complete) {
                parts.add(new MessagePart.StepStart());
                parts.addAll(step.result().parts());
            }
            return parts;
        }

        /** A complete step and what becomes of its calls. */
        private final class StepLife {
            private final int first;
            private final List<String> said;
            private final List<CallLife> calls;
            private long limit;

            StepLife(int first, List<String> said, List<CallLife> calls) {
                this.first = first;
                this.said = List.copyOf(said);
                this.calls = calls;
                this.limit = chunks.size() + (long) random.nextInt(3) * calls.size();
                calls.forEach(call -> call.step = this);
            }

            /** Puts a chunk into the stream, where there is room made for it before. */
            Call.Placed say(Chunk chunk) {
                if (chunks.size() + 1 > limit) {
                    limit = chunks.size() + 1L + random.nextInt(6);
                }
                write(chunk);
                return new Call.Placed(chunks.size() - 1, json(chunk));
            }

            StepResult result() {
                return new StepResult(
                        first,
                        said,
                        FinishReason.STOP,
                        "model",
                        Ledger.EMPTY,
                        calls.stream().map(CallLife::recorded).toList(),
                        limit);
            }
        }

        /** What an attempt at a call does next. */
        private enum Next {
            WAIT,
            SAY_ANSWER,
            NOTE_ANSWER,
            RUN,
            END,
            SAY_RESULT,
            NOTE_RESULT,
            LOOK,
            NOTHING
        }

        /** A call of a tool: attempts, of which some die after anything that they do. */
        private final class CallLife {
            private final CallId id;
            private final String name = "call" + names++;
            private final boolean dynamic = random.nextBoolean();
            private final Call.@Nullable Approval approval;
            private final Call.Decision decision;
            private final List<Call.Placed> heard = new ArrayList<>();
            private @Nullable StepLife step;
            private List<Call.Placed> said = List.of();
            private Next next;
            private Call.@Nullable Ended ended;
            private boolean answered;
            private boolean settled;
            private boolean forgotten;
            private int stream = streams;

            CallLife(CallId id, boolean asks) {
                this.id = id;
                this.approval =
                        asks
                                ? new Call.Approval("approve-" + name, "hash", Duration.ofDays(1))
                                : null;
                this.decision = List.of(Call.Decision.values()).get(random.nextInt(3));
                this.next = asks ? Next.WAIT : Next.RUN;
            }

            void refuse() {
                ended = Call.Ended.FAILURE;
                settled = true;
                next = Next.NOTHING;
            }

            void askHuman() {
                if (approval != null && !settled) {
                    write(new Chunk.ToolApprovalRequest(approval.id(), name, "It is dear."));
                }
            }

            void goOn() {
                StepLife in = Objects.requireNonNull(step);
                if (writes() && stream != streams) {
                    // What its writer claimed is gone.
                    beginAgain();
                }
                switch (next) {
                    case WAIT -> {
                        answered = true;
                        next = Next.SAY_ANSWER;
                    }
                    case SAY_ANSWER -> {
                        heard.add(in.say(answer()));
                        next = Next.NOTE_ANSWER;
                    }
                    case NOTE_ANSWER -> {
                        said = List.copyOf(heard);
                        next = Next.RUN;
                    }
                    case RUN -> {
                        if (ended == null && random.nextInt(3) != 0) {
                            var some = Json.object().put("waited", names++);
                            in.say(new Chunk.ToolOutputAvailable(name, some, true));
                        } else {
                            next = Next.END;
                        }
                    }
                    case END -> {
                        if (ended == null) {
                            ended =
                                    approval != null && decision != Call.Decision.APPROVED
                                            ? Call.Ended.DENIED
                                            : random.nextInt(3) == 0
                                                    ? Call.Ended.FAILURE
                                                    : Call.Ended.SUCCESS;
                        }
                        next = Next.SAY_RESULT;
                    }
                    case SAY_RESULT -> {
                        forgotten = settled;
                        heard.add(in.say(outcome()));
                        next = Next.NOTE_RESULT;
                    }
                    case NOTE_RESULT -> {
                        said = List.copyOf(heard);
                        settled = true;
                        next = Next.LOOK;
                    }
                    case LOOK -> {
                        // Redis may have forgotten it before the record knew of it.
                        Call.Placed last = heard.getLast();
                        boolean stands = chunks.get((int) last.sequence()).equals(last.chunk());
                        if (stands) {
                            next = Next.NOTHING;
                        } else {
                            beginAgain();
                        }
                    }
                    case NOTHING -> throw new IllegalStateException("it is over");
                }
                if (!settled && next != Next.WAIT && random.nextInt(6) == 0) {
                    // It dies here.
                    beginAgain();
                }
            }

            private boolean writes() {
                return next == Next.SAY_ANSWER || next == Next.RUN || next == Next.SAY_RESULT;
            }

            /** Another attempt goes on from what the record has. */
            private void beginAgain() {
                stream = streams;
                heard.clear();
                next = approval == null ? Next.RUN : Next.SAY_ANSWER;
            }

            boolean isBetween() {
                return next == Next.NOTE_RESULT || (settled && next != Next.NOTHING);
            }

            private Chunk answer() {
                return new Chunk.ToolApprovalResponse(
                        Objects.requireNonNull(approval).id(),
                        decision == Call.Decision.APPROVED,
                        "in words");
            }

            private Chunk outcome() {
                return switch (Objects.requireNonNull(ended)) {
                    case SUCCESS ->
                            new Chunk.ToolOutputAvailable(
                                    name, Json.object().put("result", name), false);
                    case FAILURE -> new Chunk.ToolOutputError(name, name + " failed");
                    case DENIED -> new Chunk.ToolOutputDenied(name);
                };
            }

            /** What a reader sees of it that has everything. */
            MessagePart part() {
                List<String> all = new ArrayList<>(Objects.requireNonNull(step).said);
                said.forEach(placed -> all.add(placed.chunk()));
                return parts(all).stream()
                        .filter(
                                part ->
                                        part instanceof MessagePart.Tool tool
                                                && tool.toolCallId().equals(name))
                        .findFirst()
                        .orElseThrow();
            }

            Call recorded() {
                return new Call(
                        id,
                        name,
                        "echo",
                        dynamic,
                        Json.object(),
                        approval,
                        answered
                                ? new Call.Answer(decision, "in words", null, Instant.EPOCH, 0)
                                : null,
                        1,
                        ended,
                        said,
                        settled,
                        "token");
            }
        }
    }
}
