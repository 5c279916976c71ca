package io.holdfast.turn;

import static io.holdfast.turn.CallScenes.ALICE;
import static io.holdfast.turn.CallScenes.CLOCK;
import static io.holdfast.turn.CallScenes.WITHIN;
import static io.holdfast.turn.CallScenes.answer;
import static io.holdfast.turn.CallScenes.id;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.MessagePart.ToolState;
import io.holdfast.platform.Json;
import io.holdfast.stream.Fence;
import io.holdfast.stream.PublishFailedException;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;
import io.holdfast.stream.TurnStream.Appended;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import redis.clients.jedis.exceptions.JedisException;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/**
 * Calls of tools against the real parts: the record, the stream and the state machine of a running
 * system, with deaths between any two writes.
 */
@Tag("side-by-side")
final class CallLifecycleIT {
    private static CallScenes scenes;

    @BeforeAll
    static void start() {
        scenes = new CallScenes();
    }

    @AfterAll
    static void stop() {
        scenes.close();
    }

    @BeforeEach
    void workAtOnce() {
        scenes.work.runs.set(0);
        scenes.work.doing = CallScenes.Work::atOnce;
        scenes.work.result = CallScenes.Work::number;
    }

    // Deaths

    @ParameterizedTest
    @CsvSource({"false,false", "false,true", "true,false", "true,true"})
    void whereverAnAttemptDiesTheNextBringsOneResult(boolean asks, boolean done) {
        boolean died = true;
        for (int last = 1; died; last++) {
            Turn turn = scenes.asked(asks);
            if (asks) {
                approve(turn, 0);
            }
            Mortal mortal = new Mortal(last, done);
            run(scenes.of(mortal), turn, 0);
            died = mortal.isDead();

            scenes.runner().run(turn.id(), id(0), WITHIN);

            assertSettled(turn, 0, "death at " + last);
            assertThat(last).as("it dies for ever").isLessThan(40);
        }
    }

    @Test
    void whereverADeniedCallDiesItDoesNotRun() {
        boolean died = true;
        for (int last = 1; died; last++) {
            Turn turn = scenes.asked(true);
            wait(turn, 0);
            scenes.approvals().answer(turn, ALICE, List.of(answer(0, false)));
            Mortal mortal = new Mortal(last, true);
            run(scenes.of(mortal), turn, 0);
            died = mortal.isDead();

            scenes.runner().run(turn.id(), id(0), WITHIN);

            assertThat(scenes.seen(turn, 0).state()).isEqualTo(ToolState.OUTPUT_DENIED);
            assertThat(scenes.recorded(turn)).isEqualTo(scenes.seen(turn));
            assertThat(scenes.work.runs).hasValue(0);
        }
    }

    private static void run(TurnParts some, Turn turn, int index) {
        try {
            scenes.runner(some).run(turn.id(), id(index), WITHIN);
        } catch (RuntimeException e) {
            // The state machine tries again.
        }
    }

    /** The record has one result; the stream shows it, now and made again. */
    private static void assertSettled(Turn turn, int index, String when) {
        Call call = scenes.call(turn, index);
        assertThat(call.settled()).as(when).isTrue();
        MessagePart.Tool seen = scenes.seen(turn, index);
        assertThat(seen.state()).as(when).isEqualTo(ToolState.OUTPUT_AVAILABLE);
        assertThat(scenes.parts.calls().result(turn.id(), call))
                .as(when)
                .isEqualTo(new CallResult.Success(output(turn, index)));
        List<MessagePart> before = scenes.seen(turn);
        assertThat(scenes.recorded(turn)).as(when).isEqualTo(before);
        for (Call.Placed said : call.said()) {
            assertThat(scenes.stream.read(turn.id(), said.sequence()).getFirst().chunk())
                    .as(when)
                    .isEqualTo(said.chunk());
        }
        scenes.forget(turn);
        assertThat(scenes.parts.restorer().restore(turn.id())).isTrue();
        assertThat(scenes.seen(turn)).as(when).isEqualTo(before);
    }

    private static JsonNode output(Turn turn, int index) {
        return Objects.requireNonNull(scenes.seen(turn, index).output());
    }

    @Test
    void aCallThatIsGivenUpSaysSoUnlessItHasAResult() {
        Turn turn = scenes.asked(false, false);
        scenes.runner().run(turn.id(), id(0), WITHIN);

        scenes.runner().giveUp(turn.id(), id(0), "an error");
        scenes.runner().giveUp(turn.id(), id(1), "an error");

        assertThat(scenes.seen(turn, 0).state()).isEqualTo(ToolState.OUTPUT_AVAILABLE);
        assertThat(scenes.seen(turn, 1).state()).isEqualTo(ToolState.OUTPUT_ERROR);
        assertThat(scenes.recorded(turn)).isEqualTo(scenes.seen(turn));
    }

    @Test
    void ofTwoAttemptsAtOnceTheNewerHasTheWord() throws Exception {
        Turn turn = scenes.asked(false);
        CountDownLatch older = new CountDownLatch(1);
        CountDownLatch newer = new CountDownLatch(1);
        scenes.work.doing =
                (run, progress) -> {
                    if (run == 1) {
                        older.countDown();
                        newer.await();
                        progress.report(Json.object().put("late", true));
                    }
                };
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> first = executor.submit(() -> scenes.runner().run(turn.id(), id(0), WITHIN));
            assertThat(older.await(5, TimeUnit.SECONDS)).isTrue();

            scenes.runner().run(turn.id(), id(0), WITHIN);
            newer.countDown();

            assertThatThrownBy(first::get).hasCauseInstanceOf(OutdatedAttemptException.class);
        }
        assertThat(output(turn, 0).path("run").asInt()).isEqualTo(2);
        assertSettled(turn, 0, "after both");
    }

    @Test
    void anAttemptThatWakesUpLateTakesNoResultOutOfTheRecord() throws Exception {
        Turn turn = scenes.asked(true);
        approve(turn, 0);
        AtomicBoolean first = new AtomicBoolean(true);
        // The older attempt has said that the call is approved, and stalls; the newer does it all.
        TurnParts older =
                scenes.on(
                        afterAppends(
                                appended -> {
                                    if (first.getAndSet(false)) {
                                        scenes.runner().run(turn.id(), id(0), WITHIN);
                                        // The next step begins.
                                        var _ = scenes.parts.steps().claim(turn.id(), 2);
                                        var _ =
                                                scenes.stream.open(
                                                        turn.id(),
                                                        new Fence(2, 1),
                                                        CLOCK.instant());
                                    }
                                    return appended;
                                }));

        run(older, turn, 0);

        assertThat(scenes.work.runs).hasValue(1);
        assertThat(scenes.call(turn, 0).settled()).isTrue();
        assertThat(scenes.recorded(turn)).isEqualTo(scenes.seen(turn));
    }

    // Cancels

    @Test
    void aCallOfATurnWhoseStreamIsClosedNeitherRunsNorSaysAnything() {
        Turn turn = scenes.asked(false);
        // A cancel is between the stream and the record.
        var _ =
                scenes.stream.close(
                        turn.id(),
                        TurnStatus.CANCELLED,
                        List.of(ChunkJson.write(LastChunk.abort())),
                        "a holder",
                        CLOCK.instant());
        List<Chunk> before = scenes.chunks(turn);

        scenes.runner().run(turn.id(), id(0), WITHIN);

        assertThat(scenes.chunks(turn)).isEqualTo(before);
        assertThat(scenes.work.runs).hasValue(0);
    }

    @Test
    void aToolOfACancelledTurnIsInterruptedAndSaysNothing() throws Exception {
        Turn turn = scenes.asked(false);
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        scenes.work.doing =
                (run, progress) -> {
                    begun.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException e) {
                        progress.report(Json.object().put("too", "late"));
                        interrupted.countDown();
                        throw e;
                    }
                };
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> call = executor.submit(() -> scenes.runner().run(turn.id(), id(0), WITHIN));
            assertThat(begun.await(5, TimeUnit.SECONDS)).isTrue();

            CancelReceipt receipt = scenes.canceller().cancel(turn, WITHIN);

            assertThat(receipt)
                    .isEqualTo(
                            new CancelReceipt.Cancelled(
                                    List.of(
                                            new CallReceipt(
                                                    "call-0", "work", CallReceipt.State.RUNNING))));
            call.get(5, TimeUnit.SECONDS);
        }
        assertThat(interrupted.await(5, TimeUnit.SECONDS)).isTrue();
        assertThat(scenes.chunks(turn)).last().isInstanceOf(Chunk.Abort.class);
        assertThat(scenes.call(turn, 0).ended()).isNull();
    }

    @Test
    void whatWasSeenOfACancelledCallIsSeenAgain() throws Exception {
        Turn turn = scenes.asked(false);
        CountDownLatch shown = new CountDownLatch(1);
        scenes.work.doing =
                (run, progress) -> {
                    progress.report(Json.object().put("half", true));
                    shown.countDown();
                    new CountDownLatch(1).await();
                };
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<?> call = executor.submit(() -> scenes.runner().run(turn.id(), id(0), WITHIN));
            assertThat(shown.await(5, TimeUnit.SECONDS)).isTrue();
            scenes.canceller().cancel(turn, WITHIN);
            call.get(5, TimeUnit.SECONDS);
        }
        List<MessagePart> before = scenes.seen(turn);
        assertThat(scenes.seen(turn, 0).preliminary()).isTrue();

        scenes.forget(turn);
        scenes.parts.restorer().restore(turn.id());

        assertThat(scenes.seen(turn)).isEqualTo(before);
    }

    // Pauses

    @Test
    void theLastOfTwoPausesWhicheverItIs() {
        for (boolean workFirst : new boolean[] {true, false}) {
            Turn turn = scenes.asked(true, false);
            if (workFirst) {
                scenes.runner().run(turn.id(), id(1), WITHIN);
            } else {
                wait(turn, 0);
            }
            assertRuns(turn, "one of two");
            if (workFirst) {
                wait(turn, 0);
            } else {
                scenes.runner().run(turn.id(), id(1), WITHIN);
            }
            assertWaits(turn, "both");

            approve(turn, 0);
            assertRuns(turn, "answered");
            scenes.runner().run(turn.id(), id(0), WITHIN);
            assertRuns(turn, "done");
        }
    }

    @Test
    void aPauseWhoseStreamIsForgottenMakesItAgain() {
        Turn turn = scenes.asked(true);
        scenes.forget(turn);

        wait(turn, 0);

        assertWaits(turn, "made again");
    }

    @Test
    void asksEndsAnswersAndPausesThatCrossLeaveTheTurnAsItsCallsAre() throws Exception {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Object>> lanes = new ArrayList<>();
            for (int lane = 0; lane < 4; lane++) {
                Random random = new Random(lane);
                lanes.add(
                        () -> {
                            for (int round = 0; round < 50; round++) {
                                cross(executor, random);
                            }
                            return true;
                        });
            }
            for (Future<Object> lane : executor.invokeAll(lanes)) {
                lane.get();
            }
        }
    }

    /** What becomes of a call in a round. */
    private enum Fate {
        ENDS,
        WORKS_ON,
        WAITS,
        ANSWERED_AND_ENDS,
        ANSWERED_AND_WORKS_ON;

        boolean asks() {
            return this == WAITS || this == ANSWERED_AND_ENDS || this == ANSWERED_AND_WORKS_ON;
        }

        boolean works() {
            return this == WORKS_ON || this == ANSWERED_AND_WORKS_ON;
        }
    }

    /** Those that work on for ever are the dull ones. */
    private static final List<Fate> FATES =
            List.of(
                    Fate.ENDS,
                    Fate.ENDS,
                    Fate.ENDS,
                    Fate.WAITS,
                    Fate.WAITS,
                    Fate.WAITS,
                    Fate.ANSWERED_AND_ENDS,
                    Fate.ANSWERED_AND_ENDS,
                    Fate.ANSWERED_AND_ENDS,
                    Fate.WORKS_ON,
                    Fate.ANSWERED_AND_WORKS_ON);

    private static void cross(ExecutorService executor, Random random) throws Exception {
        List<Fate> fates = new ArrayList<>();
        for (int calls = 1 + random.nextInt(3); calls > 0; calls--) {
            fates.add(FATES.get(random.nextInt(FATES.size())));
        }
        boolean[] asks = new boolean[fates.size()];
        for (int index = 0; index < asks.length; index++) {
            asks[index] = fates.get(index).asks();
        }
        Turn turn = scenes.asked(asks);
        List<Callable<Object>> all = new ArrayList<>();
        for (int index = 0; index < fates.size(); index++) {
            int call = index;
            Fate fate = fates.get(index);
            if (fate.asks()) {
                all.add(
                        () -> {
                            wait(turn, call);
                            return true;
                        });
            }
            if (fate == Fate.ANSWERED_AND_ENDS || fate == Fate.ANSWERED_AND_WORKS_ON) {
                all.add(
                        () -> {
                            approve(turn, call);
                            if (fate == Fate.ANSWERED_AND_ENDS) {
                                end(turn, call);
                            }
                            return true;
                        });
            }
            if (fate == Fate.ENDS) {
                all.add(
                        () -> {
                            end(turn, call);
                            return true;
                        });
            }
        }
        all.add(
                () -> {
                    new Pauser(scenes.parts).pauseIfIdle(turn.id(), 1);
                    return true;
                });
        Collections.shuffle(all, random);
        for (Future<Object> one : executor.invokeAll(all)) {
            one.get();
        }

        boolean waits = fates.contains(Fate.WAITS) && fates.stream().noneMatch(Fate::works);
        if (waits) {
            assertWaits(turn, fates.toString());
        } else {
            assertRuns(turn, fates.toString());
        }
    }

    /** Ends a call as its runner does, with as few words as possible. */
    private static void end(Turn turn, int index) {
        CallStore calls = scenes.parts.calls();
        int attempt = calls.begin(turn.id(), id(index)).orElseThrow().attempts();
        assertThat(calls.end(turn.id(), id(index), attempt, new CallResult.Success(Json.object())))
                .isTrue();
        calls.note(turn.id(), id(index), List.of(), true);
        new Pauser(scenes.parts).pauseIfIdle(turn.id(), 1);
    }

    private static void wait(Turn turn, int index) {
        scenes.desk().ask(turn.id(), id(index), "token-" + turn.id() + "-" + index);
    }

    private static void approve(Turn turn, int index) {
        Approvals.Outcome outcome =
                scenes.approvals().answer(turn, ALICE, List.of(answer(index, true)));
        assertThat(outcome).isInstanceOf(Approvals.Outcome.Continued.class);
    }

    private static void assertWaits(Turn turn, String when) {
        assertThat(scenes.found(turn).status()).as(when).isEqualTo(TurnStatus.WAITING);
        assertThat(scenes.streamStatus(turn)).as(when).isEqualTo("waiting");
    }

    private static void assertRuns(Turn turn, String when) {
        assertThat(scenes.found(turn).status()).as(when).isEqualTo(TurnStatus.RUNNING);
        assertThat(scenes.streamStatus(turn)).as(when).isEqualTo("running");
    }

    // Answers

    @Test
    void theSameAnswerTwiceCountsOnceAndReadsOnFromTheSamePlace() {
        Turn turn = scenes.asked(true);
        wait(turn, 0);
        Approvals.Outcome first = scenes.approvals().answer(turn, ALICE, List.of(answer(0, true)));
        scenes.runner().run(turn.id(), id(0), WITHIN);

        Approvals.Outcome second = scenes.approvals().answer(turn, ALICE, List.of(answer(0, true)));

        assertThat(base(second)).isEqualTo(base(first));
        assertThat(scenes.found(turn).continued()).isEqualTo(1);
        assertThat(scenes.chunks(turn).get((int) base(first)))
                .isInstanceOf(Chunk.ToolApprovalResponse.class);
    }

    private static long base(Approvals.Outcome outcome) {
        return outcome instanceof Approvals.Outcome.Continued(Turn turn, long base) ? base : -1;
    }

    @Test
    void anAnswerTwiceInOneMessageCountsOnce() {
        Turn turn = scenes.asked(true);
        wait(turn, 0);

        assertThat(
                        scenes.approvals()
                                .answer(turn, ALICE, List.of(answer(0, true), answer(0, true))))
                .isInstanceOf(Approvals.Outcome.Continued.class);
        assertThat(scenes.found(turn).continued()).isEqualTo(1);
    }

    @Test
    void ofTwoAnswersInOneMessageThatDifferNoneCounts() {
        Turn turn = scenes.asked(true);
        wait(turn, 0);

        assertThat(
                        scenes.approvals()
                                .answer(turn, ALICE, List.of(answer(0, true), answer(0, false))))
                .isInstanceOf(Approvals.Outcome.Refused.class);
        assertThat(scenes.call(turn, 0).answer()).isNull();
    }

    @Test
    void anotherAnswerIsRefused() {
        Turn turn = scenes.asked(true, true);
        wait(turn, 0);
        wait(turn, 1);
        approve(turn, 0);

        assertThat(scenes.approvals().answer(turn, ALICE, List.of(answer(0, false))))
                .isEqualTo(new Approvals.Outcome.Refused("This has been approved already."));
        assertThat(
                        scenes.approvals()
                                .answer(turn, ALICE, List.of(answer(1, true), answer(0, false))))
                .as("all count, or none")
                .isInstanceOf(Approvals.Outcome.Refused.class);
        assertThat(scenes.call(turn, 1).answer()).isNull();
    }

    @Test
    void anAnswerToOtherArgumentsOrToNothingIsRefused() {
        Turn turn = scenes.asked(true);
        wait(turn, 0);
        JsonNode other = Json.object().put("number", 0).put("more", 1);

        assertThat(
                        scenes.approvals()
                                .answer(
                                        turn,
                                        ALICE,
                                        List.of(
                                                new Approvals.Answer(
                                                        "approval-0", other, true, null))))
                .isInstanceOf(Approvals.Outcome.Refused.class);
        assertThat(scenes.approvals().answer(turn, ALICE, List.of(answer(7, true))))
                .isEqualTo(new Approvals.Outcome.Unknown());
        assertWaits(turn, "nothing counts");
    }

    @Test
    void anAnswerThatComesTooLateIsRefusedAndTheCallIsDenied() {
        Turn turn = scenes.asked(true);
        wait(turn, 0);
        scenes.desk().expire(turn.id(), id(0));

        assertThat(scenes.approvals().answer(turn, ALICE, List.of(answer(0, true))))
                .isEqualTo(
                        new Approvals.Outcome.Refused(
                                "This approval has expired: nobody answered in time."));
        assertRuns(turn, "expired");
        scenes.runner().run(turn.id(), id(0), WITHIN);
        assertThat(scenes.seen(turn, 0).state()).isEqualTo(ToolState.OUTPUT_DENIED);
        assertThat(scenes.recorded(turn)).isEqualTo(scenes.seen(turn));
        assertThat(scenes.work.runs).hasValue(0);
    }

    @Test
    void ofAnAnswerAndAnExpiryThatCrossOneCounts() throws Exception {
        for (int round = 0; round < 20; round++) {
            Turn turn = scenes.asked(true);
            wait(turn, 0);
            List<Callable<Object>> both =
                    new ArrayList<>(
                            List.of(
                                    () ->
                                            scenes.approvals()
                                                    .answer(turn, ALICE, List.of(answer(0, true))),
                                    () -> {
                                        scenes.desk().expire(turn.id(), id(0));
                                        return "expired";
                                    }));
            List<Object> outcomes = new ArrayList<>();
            try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
                for (Future<Object> one : executor.invokeAll(both)) {
                    outcomes.add(one.get());
                }
            }
            Call.Answer counts = Objects.requireNonNull(scenes.call(turn, 0).answer());
            assertThat(outcomes.getFirst())
                    .isInstanceOf(
                            counts.decision() == Call.Decision.APPROVED
                                    ? Approvals.Outcome.Continued.class
                                    : Approvals.Outcome.Refused.class);
            assertThat(scenes.found(turn).continued()).isEqualTo(1);
            assertRuns(turn, "round " + round);
        }
    }

    @Test
    void anAnswerThatACancelCrossesSaysThatTheAnswerHasEnded() {
        Turn turn = scenes.asked(true);
        wait(turn, 0);
        Turn read = scenes.found(turn);
        scenes.canceller().cancel(read, WITHIN);

        assertThat(scenes.approvals().answer(read, ALICE, List.of(answer(0, true))))
                .isEqualTo(
                        new Approvals.Outcome.Refused(
                                "The answer has ended: nobody waits for this."));
        assertThat(scenes.found(turn).status()).isEqualTo(TurnStatus.CANCELLED);
    }

    @Test
    void whoeverAnswersAndDiesHasAnsweredOrNot() {
        boolean died = true;
        for (int last = 1; died; last++) {
            Turn turn = scenes.asked(true);
            wait(turn, 0);
            Mortal mortal = new Mortal(last, true);
            try {
                scenes.approvals(scenes.of(mortal)).answer(turn, ALICE, List.of(answer(0, true)));
            } catch (RuntimeException e) {
                // The human tries again.
            }
            died = mortal.isDead();

            approve(turn, 0);

            assertRuns(turn, "death at " + last);
            assertThat(scenes.found(turn).continued()).isEqualTo(1);
        }
    }

    // Redis forgets

    @Test
    void aTurnThatWaitsIsMadeAgainAsOneThatWaits() {
        Turn turn = scenes.asked(true, true);
        wait(turn, 0);
        wait(turn, 1);
        approve(turn, 0);
        scenes.runner().run(turn.id(), id(0), WITHIN);
        List<Chunk> before = scenes.chunks(turn);
        assertWaits(turn, "for the other");

        scenes.forget(turn);
        scenes.parts.restorer().restore(turn.id());

        assertWaits(turn, "made again");
        assertThat(scenes.chunks(turn).subList(1, before.size()))
                .isEqualTo(before.subList(1, before.size()));
        scenes.forget(turn);
        approve(turn, 1);
        assertRuns(turn, "answered though it was forgotten");
        scenes.runner().run(turn.id(), id(1), WITHIN);
        assertSettled(turn, 1, "answered though it was forgotten");
    }

    @Test
    void aResultComesThoughRedisForgetsWhileItsToolWorks() throws Exception {
        Turn turn = scenes.asked(false, false);
        scenes.runner().run(turn.id(), id(1), WITHIN);
        scenes.work.doing =
                (run, progress) -> {
                    progress.report(Json.object().put("half", true));
                    scenes.forget(turn);
                    scenes.parts.restorer().restore(turn.id());
                };

        assertThatThrownBy(() -> scenes.runner().run(turn.id(), id(0), WITHIN))
                .isInstanceOf(StreamForgottenException.class);
        scenes.runner().run(turn.id(), id(0), WITHIN);

        assertThat(scenes.work.runs).as("runs, one for each call").hasValue(2);
        assertSettled(turn, 0, "forgotten while it worked");
        assertSettled(turn, 1, "of another call");
    }

    @Test
    void aToolRunsOnceThoughItsProgressCannotBeShown() {
        Turn turn = scenes.asked(false);
        scenes.work.doing = (run, progress) -> progress.report(Json.object().put("half", true));
        TurnParts some =
                scenes.on(
                        afterAppends(
                                appended -> {
                                    throw new JedisException("Redis is away");
                                }));

        assertThatThrownBy(() -> scenes.runner(some).run(turn.id(), id(0), WITHIN))
                .isInstanceOf(PublishFailedException.class);
        scenes.runner().run(turn.id(), id(0), WITHIN);

        assertThat(scenes.work.runs).hasValue(1);
        assertSettled(turn, 0, "after Redis has come back");
    }

    @Test
    void aResultIsShownThoughRedisForgetsItBeforeTheRecordKnowsOfIt() {
        Turn turn = scenes.asked(false);
        AtomicBoolean first = new AtomicBoolean(true);
        TurnParts some =
                scenes.on(
                        afterAppends(
                                appended -> {
                                    if (first.getAndSet(false)) {
                                        scenes.forget(turn);
                                        scenes.parts.restorer().restore(turn.id());
                                    }
                                    return appended;
                                }));

        scenes.runner(some).run(turn.id(), id(0), WITHIN);

        assertThat(scenes.work.runs).hasValue(1);
        assertSettled(turn, 0, "forgotten before it was noted");
    }

    /** The stream, with something that happens between an append and its answer. */
    private static TurnStream afterAppends(UnaryOperator<Appended> happens) {
        return (TurnStream)
                Proxy.newProxyInstance(
                        TurnStream.class.getClassLoader(),
                        new Class<?>[] {TurnStream.class},
                        (proxy, method, arguments) -> {
                            try {
                                Object result = method.invoke(scenes.stream, arguments);
                                return result instanceof Appended appended
                                        ? happens.apply(appended)
                                        : result;
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        });
    }

    // Limits

    @Test
    void aResultThatTheRecordCannotHoldIsAFailureInWords() {
        Turn turn = scenes.asked(false);
        scenes.work.result = run -> TextNode.valueOf("€".repeat(1_900_000));

        scenes.runner().run(turn.id(), id(0), WITHIN);

        assertThat(scenes.call(turn, 0).settled()).isTrue();
        assertThat(scenes.seen(turn, 0).state()).isEqualTo(ToolState.OUTPUT_ERROR);
        assertThat(scenes.seen(turn, 0).errorText()).contains("too large");
    }

    @Test
    void aLargeResultIsKeptWholeAndShownInPart() {
        Turn turn = scenes.asked(false);
        scenes.work.result = run -> TextNode.valueOf("x".repeat(1_900_000));

        scenes.runner().run(turn.id(), id(0), WITHIN);

        assertThat(scenes.parts.calls().result(turn.id(), scenes.call(turn, 0)))
                .isEqualTo(new CallResult.Success(TextNode.valueOf("x".repeat(1_900_000))));
        assertThat(output(turn, 0).path("type").textValue()).isEqualTo("preview");
        assertThat(scenes.recorded(turn)).isEqualTo(scenes.seen(turn));
    }

    // The sweeper

    @Test
    void theSweeperWakesAStateWhoseAnswerWasRecordedBySomeoneWhoDied() {
        Turn turn = scenes.begun(scenes.impatient, "use transfer {\"to\":\"bob\",\"amount\":5}");
        scenes.start(turn);
        await().until(() -> scenes.streamStatus(turn).equals("waiting"));
        Call call = scenes.call(turn, 0);
        diesAfterTheRecord(turn, call);
        assertThat(scenes.found(turn).status()).isEqualTo(TurnStatus.RUNNING);
        assertThat(scenes.streamStatus(turn)).isEqualTo("waiting");

        TurnSweeper sweeper = new TurnSweeper(scenes.impatient);
        await().until(
                        () -> {
                            assertThat(sweeper.sweep(WITHIN).failed()).isZero();
                            // The record comes first, then the stream's end.
                            return scenes.chunks(turn).getLast() instanceof Chunk.Finish;
                        });
        assertThat(scenes.found(turn).status()).isEqualTo(TurnStatus.COMPLETED);
    }

    @Test
    void aStreamGoesOnBeforeAStateIsWokenByAnybody() {
        for (boolean asksAgain : new boolean[] {false, true}) {
            Turn turn = scenes.asked(true);
            wait(turn, 0);
            diesAfterTheRecord(turn, scenes.call(turn, 0));
            assertThat(scenes.streamStatus(turn)).isEqualTo("waiting");

            if (asksAgain) {
                wait(turn, 0);
            } else {
                scenes.approvals().wake(turn.id());
            }

            assertRuns(turn, "woken");
        }
    }

    /** Answers, and dies when the record has it: neither the stream nor the state hears of it. */
    private static void diesAfterTheRecord(Turn turn, Call call) {
        // The first call is the look at the stream.
        Mortal mortal = new Mortal(2, true);
        String approval = Objects.requireNonNull(call.approval()).id();
        Approvals.Answer answer = new Approvals.Answer(approval, null, true, null);
        assertThatThrownBy(
                        () ->
                                scenes.approvals(scenes.of(mortal))
                                        .answer(turn, ALICE, List.of(answer)))
                .isInstanceOf(Mortal.Death.class);
    }
}
