package io.holdfast.operation;

import static io.holdfast.operation.OperationScenes.AWAITED;
import static io.holdfast.operation.OperationScenes.DETACHED;
import static io.holdfast.operation.OperationScenes.WITHIN;
import static io.holdfast.operation.OperationScenes.done;
import static io.holdfast.operation.OperationScenes.failed;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.operation.Continuer.Continued;
import io.holdfast.operation.Operation.Outcome;
import io.holdfast.operation.OperationEnder.Ended;
import io.holdfast.platform.Json;
import io.holdfast.platform.SessionId;
import io.holdfast.session.MessageStore.Changed;
import io.holdfast.stream.TurnStatus;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnInput;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/**
 * Operations against the real parts: the record, the stream and the state machines of a running
 * system, with deaths between any two writes.
 */
@Tag("side-by-side")
final class OperationLifecycleIT {
    /** The end with its result, and the wake. */
    private static final int WRITES = 2;

    private static OperationScenes scenes;

    @BeforeAll
    static void start() {
        scenes = new OperationScenes();
    }

    @AfterAll
    static void stop() {
        scenes.close();
    }

    @AfterEach
    void revive() {
        scenes.wire.revive();
    }

    // Deaths

    @ParameterizedTest
    @CsvSource({"true,false", "true,true", "false,false", "false,true"})
    void whereverAConsumerDiesTheNextEndsTheOperation(boolean success, boolean done) {
        List<Operation> operations = scenes.taken(AWAITED, WRITES + 1);
        for (Operation operation : operations) {
            ObjectNode message =
                    success ? done(operation, "it is so") : failed(operation, "It broke.");
            int last = operations.indexOf(operation) + 1;
            scenes.wire.dieAt(last, done);
            take(message);
            assertThat(scenes.wire.revive()).as("death at " + last).isEqualTo(last <= WRITES);

            take(message);

            assertAgreed(operation, "it is so");
            assertThat(scenes.operation(operation.id()).outcome())
                    .isEqualTo(
                            success
                                    ? new Outcome.Completed()
                                    : new Outcome.Failed(FailureKind.REJECTED, "It broke."));
        }
        operations.forEach(operation -> scenes.awaitEndOf(operation.id()));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whereverAConsumerDiesATimeoutInBetweenLeavesOneOutcome(boolean done) {
        List<Operation> operations = scenes.taken(AWAITED, WRITES + 1);
        for (Operation operation : operations) {
            scenes.wire.dieAt(operations.indexOf(operation) + 1, done);
            take(done(operation, "it is so"));
            scenes.wire.revive();
            timeOut(operation);
        }
        for (Operation operation : operations) {
            // The turn goes on with what there is, before the message comes again.
            scenes.ended(operation.turn());

            take(done(operation, "it is so"));

            assertAgreed(operation, "it is so");
        }
    }

    // At once

    @Test
    void ofSeveralWordsAtOnceOneIsTheOutcomeAndTheResult() throws Exception {
        List<Operation> operations = scenes.taken(AWAITED, 4);
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Callable<Object>> words = new ArrayList<>();
            for (Operation operation : operations) {
                words.add(() -> said(done(operation, "one")));
                words.add(() -> said(done(operation, "another")));
                words.add(() -> said(failed(operation, "It broke.")));
                words.add(
                        () -> {
                            timeOut(operation);
                            return true;
                        });
            }
            for (Future<Object> word : threads.invokeAll(words)) {
                word.get();
            }
        }
        for (Operation operation : operations) {
            JsonNode result = result(operation);
            scenes.ended(operation.turn());
            assertThat(result(operation)).isEqualTo(result);
            assertAgreed(operation, result.path("report").asText());
        }
    }

    private static Object said(ObjectNode message) {
        scenes.take(scenes.parts, message);
        return true;
    }

    @Test
    void whatComesAfterTheEndChangesNothing() {
        Operation operation = scenes.taken(AWAITED);
        said(done(operation, "it is so"));
        Turn turn = scenes.ended(operation.turn());
        List<Chunk> before = scenes.chunks(turn.id());
        Operation ended = scenes.operation(operation.id());

        said(progress(operation, 99));
        said(failed(operation, "It broke."));
        said(done(operation, "it is not so"));
        timeOut(operation);

        assertThat(scenes.chunks(turn.id())).isEqualTo(before);
        assertThat(scenes.operation(operation.id())).isEqualTo(ended);
        assertAgreed(operation, "it is so");
    }

    private static ObjectNode progress(Operation operation, int percent) {
        return Json.object().put("operationId", operation.id().value()).put("percent", percent);
    }

    @Test
    void ofProgressThatComesOutOfOrderTheLatestCounts() {
        Operation operation = scenes.taken(AWAITED);
        said(progress(operation, 50).put("takenAt", 2_000));
        List<Chunk> before = scenes.chunks(operation.turn());

        said(progress(operation, 20).put("takenAt", 1_999));

        assertThat(scenes.chunks(operation.turn())).isEqualTo(before);
        assertThat(scenes.operation(operation.id()).progress())
                .isEqualTo(Json.object().put("percent", 50));
        said(progress(operation, 60).put("takenAt", 2_000));
        assertThat(scenes.operation(operation.id()).progress())
                .isEqualTo(Json.object().put("percent", 60));
        // Without a time, it counts as of now.
        said(progress(operation, 70));
        assertThat(scenes.operation(operation.id()).progress())
                .isEqualTo(Json.object().put("percent", 70));
        said(done(operation, "it is so"));
        scenes.ended(operation.turn());
    }

    @Test
    void progressThatTheResultOvertakesDoesNotStandInItsPlace() {
        // The other work keeps the turn waiting.
        Turn turn =
                scenes.says(
                        scenes.session(),
                        OperationScenes.use(AWAITED) + "\n" + OperationScenes.use(AWAITED));
        Operation operation = scenes.taken(turn, 0);
        Operation other = scenes.taken(turn, 1);
        AtomicBoolean hasLooked = new AtomicBoolean();
        scenes.wire.between(
                (action, body) -> {
                    if (hasLooked.getAndSet(body.contains("CALL#0001#00"))) {
                        scenes.wire.between((more, ignored) -> {});
                        said(done(operation, "it is so"));
                        scenes.awaitLast(turn, output -> !output.preliminary());
                    }
                });

        said(scenes.wired, progress(operation, 50));

        assertThat(hasLooked).as("it was overtaken").isFalse();
        scenes.awaitLast(turn, output -> output.output().equals(report("it is so")));
        said(done(other, "another"));
        scenes.ended(turn.id());
        assertThat(tool(turn).output()).isEqualTo(report("it is so"));
    }

    @Test
    void nonsenseBelongsIntoTheDeadLetters() {
        Operation operation = scenes.taken(AWAITED);
        for (String rest :
                List.of(
                        "'operationId':null",
                        "'operationId':7",
                        "'operationId':'op'",
                        "'operationId':'op-turn_of_nobody-1-0','success':true",
                        "'operationId':'../../etc/passwd','success':true",
                        "'success':null",
                        "'success':'true'",
                        "'success':1",
                        "'percent':101",
                        "'percent':-1",
                        "'percent':'half'",
                        "'percent':null",
                        "'message':{}")) {
            ObjectNode message = Json.object().put("operationId", operation.id().value());
            message.setAll(Json.readObject("{" + rest.replace('\'', '"') + "}").orElseThrow());

            assertThatThrownBy(() -> said(message))
                    .as(rest)
                    .isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(scenes.operation(operation.id())).isEqualTo(operation);
    }

    @Test
    void aFailureIsToldInFewWordsWithoutSecrets() {
        List<Operation> operations = scenes.taken(AWAITED, 4);
        String secretive = "password=hunter2 " + "x".repeat(981) + "\uD83D\uDE00 and more";
        said(failed(operations.get(0), secretive));
        said(failed(operations.get(1), "x".repeat(999) + "\uD83D\uDE00"));
        said(failed(operations.get(2), "  "));
        said(
                Json.object()
                        .put("operationId", operations.get(3).id().value())
                        .put("success", false)
                        .put("error", "It broke."));

        assertThat(words(operations.get(0))).doesNotContain("hunter2").hasSizeLessThan(1_001);
        assertThat(words(operations.get(1))).isEqualTo("x".repeat(999));
        assertThat(words(operations.get(2))).isEqualTo(FailureKind.REJECTED.words());
        assertThat(words(operations.get(3))).isEqualTo("It broke.");
        operations.forEach(operation -> assertAgreed(operation, ""));
    }

    private static String words(Operation operation) {
        return scenes.operation(operation.id()).outcome() instanceof Outcome.Failed failed
                ? failed.message()
                : "it did not fail";
    }

    @Test
    void aCompletionAfterTheTurnWasCancelledChangesNothingThatIsSeen() {
        Operation operation = scenes.taken(AWAITED);
        scenes.cancel(scenes.turn(operation.turn()));
        List<Chunk> before = scenes.chunks(operation.turn());

        said(progress(operation, 50));
        said(done(operation, "it is so"));

        assertThat(scenes.turn(operation.turn()).status()).isEqualTo(TurnStatus.CANCELLED);
        assertThat(scenes.chunks(operation.turn())).isEqualTo(before);
        assertAgreed(operation, "it is so");
    }

    @Test
    void aResultThatIsTooLargeFailsTheOperation() {
        Operation operation = scenes.taken(AWAITED);

        var _ =
                scenes.parts
                        .ender()
                        .complete(operation, TextNode.valueOf("x".repeat(3_100_000)), "large");

        assertThat(scenes.operation(operation.id()).outcome()).isInstanceOf(Outcome.Failed.class);
        assertAgreed(operation, "");
    }

    // Starts that are tried again

    @Test
    void aStartThatIsTriedAgainIsWokenByItsOwnToken() throws Exception {
        Operation operation = scenes.taken(AWAITED);
        start(operation, "the second token");

        said(scenes.wired, done(operation, "it is so"));

        assertThat(scenes.wire.hasWoken("the second token")).isTrue();
        assertThat(scenes.wire.hasWoken(operation.taskToken())).isFalse();
    }

    @Test
    void aStartThatIsTriedAgainAfterTheEndWakesItself() throws Exception {
        Operation operation = scenes.taken(AWAITED);
        said(done(operation, "it is so"));

        start(operation, "a late token");

        assertThat(scenes.wire.hasWoken("a late token")).isTrue();
    }

    @Test
    void aStartThatACompletionOvertakesWakesItself() throws Exception {
        Operation operation = scenes.taken(AWAITED);
        scenes.wire.between(
                (action, body) -> {
                    if (action.equals("UpdateItem") && body.contains("an overtaken token")) {
                        said(done(operation, "it is so"));
                    }
                });

        start(operation, "an overtaken token");

        assertThat(scenes.wire.hasWoken("an overtaken token")).isTrue();
    }

    private static void start(Operation operation, String token) throws InterruptedException {
        scenes.runner(scenes.wired)
                .start(operation.id(), operation.turn(), operation.call(), token, WITHIN);
    }

    private static void said(OperationParts some, ObjectNode message) {
        scenes.take(some, message);
    }

    // The same work at once

    @Test
    void theSameWorkTwiceInAStepIsDoneOnce() {
        String use = OperationScenes.use(AWAITED, "twice");
        Turn turn = scenes.says(scenes.session(), use + "\n" + use);
        scenes.awaitListed(turn.session());
        Operation first = scenes.only(turn.session());

        said(done(first, "it is so"));

        scenes.ended(turn.id());
        assertThat(scenes.listed(turn.session())).hasSize(1);
        assertThat(scenes.results(turn))
                .containsExactlyInAnyOrder(report("it is so"), inProgress(first));
    }

    @Test
    void theSameWorkIsNotBegunAgainWhileItGoesOnButAfterwards() {
        SessionId session = scenes.session();
        String use = OperationScenes.use(DETACHED, "again");
        Operation first = scenes.taken(scenes.says(session, use), 0);
        scenes.ended(first.turn());

        Turn second = scenes.ended(scenes.says(session, use).id());
        assertThat(scenes.results(second)).containsExactly(inProgress(first));
        assertThat(scenes.listed(session)).hasSize(1);

        said(done(first, "it is so"));
        scenes.awaitEndOf(first.id());
        assertThat(scenes.continuations(session)).isOne();
        Turn third = scenes.ended(scenes.says(session, use).id());
        assertThat(scenes.results(third).getFirst().path("type").textValue())
                .isEqualTo("operation_pending");
        assertThat(scenes.listed(session)).hasSize(2);
    }

    @Test
    void workWhoseAnswerWasCutAwayIsBegunAgain() {
        SessionId session = scenes.session();
        String use = OperationScenes.use(DETACHED, "cut away");
        TurnInput question = new TurnInput.Message(OperationScenes.message("m-cut", use));
        Operation first = scenes.taken(scenes.says(session, question), 0);
        scenes.ended(first.turn());

        Turn second =
                scenes.says(session, new TurnInput.Edit(OperationScenes.message("m-cut", use)));

        assertThat(scenes.taken(second, 0).id()).isNotEqualTo(first.id());
    }

    @Test
    void anotherConversationsWorkIsAnother() {
        String use = OperationScenes.use(DETACHED, "mine and yours");
        Operation mine = scenes.taken(scenes.says(scenes.session(), use), 0);
        Operation yours = scenes.taken(scenes.says(scenes.session(), use), 0);

        assertThat(mine.id()).isNotEqualTo(yours.id());
    }

    private static ObjectNode inProgress(Operation first) {
        return Json.object()
                .put("type", "operation_in_progress")
                .put("operation_id", first.id().value())
                .put(
                        "message",
                        "The same work is being done already. Its result will come to the call"
                                + " that began it. Do not begin it again.");
    }

    // Late words

    @Test
    void whatComesLateIsRecordedOnceAndChangesNothing() {
        Operation operation = scenes.taken(AWAITED);
        ObjectNode first = done(operation, "it is so");
        said(first);
        Operation ended = scenes.operation(operation.id());

        said(first);
        said(progress(operation, 99));
        said(progress(operation, 99));
        said(failed(operation, "It broke after all."));
        said(done(operation, "it is otherwise"));

        assertThat(scenes.operation(operation.id())).isEqualTo(ended);
        assertAgreed(operation, "it is so");
        assertThat(scenes.late(operation))
                .containsExactlyInAnyOrder("progress", "failed", "completed");
    }

    @Test
    void aThousandWordsInAnyOrderLeaveOneOutcomeAndOneContinuation() throws Exception {
        Operation operation = scenes.taken(DETACHED);
        scenes.ended(operation.turn());
        List<ObjectNode> words = new ArrayList<>();
        for (int i = 0; i < 250; i++) {
            words.add(done(operation, "report " + i % 5));
            words.add(failed(operation, "failure " + i % 5));
            words.add(progress(operation, i % 101));
            words.add(done(operation, "the same"));
        }
        Collections.shuffle(words, new Random(20261126));
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (Future<Object> one :
                    threads.invokeAll(
                            words.stream()
                                    .map(word -> (Callable<Object>) () -> said(word))
                                    .toList())) {
                one.get();
            }
        }

        JsonNode result = result(operation);
        scenes.awaitEndOf(operation.id());
        assertThat(scenes.continuations(operation.session())).isOne();
        assertThat(result(operation)).isEqualTo(result);
        assertAgreed(operation, result.path("report").asText());
    }

    @Test
    void whatComesWhenTheConversationIsDeletedIsRecordedAndNothingMore() {
        List<Operation> operations =
                List.of(scenes.taken(AWAITED), scenes.taken(DETACHED), scenes.taken(AWAITED));
        scenes.ended(operations.get(1).turn());
        operations.forEach(operation -> scenes.forget(scenes.turn(operation.turn())));

        said(done(operations.get(0), "it is so"));
        said(done(operations.get(1), "it is so"));
        said(progress(operations.get(2), 50));

        for (Operation operation : operations) {
            assertThat(scenes.late(operation)).hasSize(1);
            scenes.cancel(scenes.parts, operation);
            assertThat(scenes.operation(operation.id()).outcome())
                    .isEqualTo(
                            new Outcome.Failed(
                                    FailureKind.CANCELLED, FailureKind.CANCELLED.words()));
            scenes.awaitEndOf(operation.id());
        }
    }

    // Cancels

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void whereverACancelDiesTheNextOneIsWhole(boolean done) {
        // The end with its result, the wake, and the execution that tells the service.
        int writes = 3;
        List<Operation> operations = scenes.taken(AWAITED, writes + 1);
        for (Operation operation : operations) {
            int last = operations.indexOf(operation) + 1;
            scenes.wire.dieAt(last, done);
            try {
                scenes.cancel(scenes.wired, operation);
            } catch (RuntimeException e) {
                // Its caller tries again.
            }
            assertThat(scenes.wire.revive()).as("death at " + last).isEqualTo(last <= writes);

            scenes.cancel(scenes.parts, operation);

            assertAgreed(operation, "");
            assertThat(scenes.operation(operation.id()).isCancelledByOwner()).isTrue();
        }
        for (Operation operation : operations) {
            scenes.ended(operation.turn());
            scenes.awaitEndOf("cancel-" + operation.id());
        }
    }

    @Test
    void aCancelledTurnCancelsAllItsWork() {
        Turn turn =
                scenes.says(
                        scenes.session(),
                        OperationScenes.use(AWAITED) + "\n" + OperationScenes.use(DETACHED));
        List<Operation> operations = List.of(scenes.taken(turn, 0), scenes.taken(turn, 1));

        scenes.cancel(scenes.turn(turn.id()));

        for (Operation operation : operations) {
            scenes.awaitEndOf("cancel-" + operation.id());
            assertThat(scenes.operation(operation.id()).isCancelledByOwner()).isTrue();
        }
        scenes.awaitEndOf(operations.get(1).id());
        assertThat(scenes.continuations(turn.session())).isZero();
    }

    @Test
    void workThatIsCancelledAfterItsTurnSaysSoInItsPlaceAndIsFollowedByNothing() {
        Operation operation = scenes.taken(DETACHED);
        Turn turn = scenes.ended(operation.turn());

        assertThat(scenes.cancel(scenes.parts, operation)).isTrue();
        assertThat(scenes.cancel(scenes.parts, operation)).isFalse();

        scenes.awaitEndOf(operation.id());
        assertThat(tool(turn).state()).isEqualTo(MessagePart.ToolState.OUTPUT_ERROR);
        assertThat(tool(turn).errorText()).isEqualTo(FailureKind.CANCELLED.words());
        assertThat(scenes.continuations(turn.session())).isZero();
        said(done(operation, "too late"));
        assertThat(scenes.late(operation)).containsExactly("completed");
    }

    @Test
    void whatHasEndedIsNotCancelled() {
        Operation operation = scenes.taken(AWAITED);
        said(done(operation, "it is so"));

        assertThat(scenes.cancel(scenes.parts, operation)).isFalse();

        assertAgreed(operation, "it is so");
        assertThat(scenes.operation(operation.id()).outcome()).isEqualTo(new Outcome.Completed());
    }

    // Conversations that go on

    @Test
    void aResultComesIntoTheConversationOnceHoweverOftenItIsTried() throws Exception {
        Operation operation = scenes.taken(DETACHED);
        Turn turn = scenes.ended(operation.turn());
        Turn busy = scenes.says(turn.session(), OperationScenes.use(AWAITED));
        Operation other = scenes.taken(busy, 0);
        assertThat(scenes.quiet().complete(operation, report("it is so"), "quiet"))
                .isEqualTo(Ended.NOW);

        assertThat(scenes.continuer().goOn(operation.id())).isEqualTo(Continued.BUSY);
        assertThat(tool(turn).output()).isEqualTo(report("it is so"));

        said(done(other, "another"));
        scenes.ended(busy.id());
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Callable<Continued> goOn = () -> goOnAtLast(operation);
            for (Future<Continued> one : threads.invokeAll(List.of(goOn, goOn))) {
                assertThat(one.get()).isEqualTo(Continued.CONTINUED);
            }
        }
        assertThat(scenes.continuations(turn.session())).isOne();
    }

    /** As the state machine does it: again, if others crossed it. */
    private static Continued goOnAtLast(Operation operation) {
        try {
            return scenes.continuer().goOn(operation.id());
        } catch (IllegalStateException e) {
            return scenes.continuer().goOn(operation.id());
        }
    }

    @Test
    void aResultWaitsForTheAnswerThatItBelongsTo() {
        Turn turn =
                scenes.says(
                        scenes.session(),
                        OperationScenes.use(DETACHED) + "\n" + OperationScenes.use(AWAITED));
        Operation detached = scenes.taken(turn, 0);
        var _ = scenes.taken(turn, 1);
        assertThat(scenes.quiet().complete(detached, report("it is so"), "quiet"))
                .isEqualTo(Ended.NOW);

        assertThat(scenes.continuer().goOn(detached.id())).isEqualTo(Continued.BUSY);
    }

    @Test
    void aResultOfAnAnswerThatWasCutAwayIsNotGoneOnFrom() {
        SessionId session = scenes.session();
        Turn turn =
                scenes.says(
                        session,
                        new TurnInput.Message(
                                OperationScenes.message("m1", OperationScenes.use(DETACHED))));
        Operation operation = scenes.taken(turn, 0);
        scenes.ended(turn.id());
        scenes.ended(
                scenes.says(
                                session,
                                new TurnInput.Edit(OperationScenes.message("m1", "something else")))
                        .id());
        assertThat(scenes.quiet().complete(operation, report("it is so"), "quiet"))
                .isEqualTo(Ended.NOW);

        assertThat(scenes.continuer().goOn(operation.id())).isEqualTo(Continued.OVER);
    }

    @Test
    void workThatCouldNotEvenBeBegunIsToldToo() {
        Turn turn = scenes.ended(scenes.says(scenes.session(), "hello").id());
        Operation never = scenes.neverBegun(turn);

        scenes.runner(scenes.parts)
                .fail(never.id(), turn.id(), never.call(), FailureKind.UNREACHABLE);

        assertThat(scenes.operation(never.id()).outcome())
                .isEqualTo(
                        new Outcome.Failed(
                                FailureKind.UNREACHABLE, FailureKind.UNREACHABLE.words()));
        assertThat(scenes.continuer().goOn(never.id())).isEqualTo(Continued.CONTINUED);
    }

    // Stored answers

    @Test
    void anAnswerThatBecomesShorterLeavesNothingOfTheLonger() {
        Turn turn = scenes.ended(scenes.says(scenes.session(), "hello").id());

        change(turn, answer -> text(answer, "y".repeat(350_000)));
        assertThat(scenes.slices(turn)).isEqualTo(4);
        change(turn, answer -> text(answer, "short"));

        assertThat(scenes.slices(turn)).isOne();
        assertThat(scenes.answer(turn).parts()).containsExactly(new MessagePart.Text("short"));
    }

    @Test
    void ofTwoChangesAtOnceNeitherIsLost() {
        Turn turn = scenes.ended(scenes.says(scenes.session(), "hello").id());

        for (String round : List.of("first", "second")) {
            assertThatThrownBy(
                            () ->
                                    change(
                                            turn,
                                            answer -> {
                                                change(turn, inner -> text(inner, round));
                                                return text(answer, "stale");
                                            }))
                    .isInstanceOf(IllegalStateException.class);
            assertThat(scenes.answer(turn).parts()).containsExactly(new MessagePart.Text(round));
        }
    }

    private static void change(Turn turn, UnaryOperator<UiMessage> change) {
        assertThat(
                        scenes.parts
                                .turns()
                                .messages()
                                .change(turn.session(), turn.answerPosition(), change))
                .isEqualTo(Changed.CHANGED);
    }

    private static UiMessage text(UiMessage message, String text) {
        return new UiMessage(
                message.id(),
                message.role(),
                List.of(new MessagePart.Text(text)),
                message.metadata());
    }

    private static ObjectNode report(String text) {
        return Json.object().put("report", text);
    }

    private static MessagePart.Tool tool(Turn turn) {
        return scenes.answer(turn).parts().stream()
                .filter(MessagePart.Tool.class::isInstance)
                .map(MessagePart.Tool.class::cast)
                .findFirst()
                .orElseThrow();
    }

    private static void timeOut(Operation operation) {
        scenes.runner(scenes.parts)
                .fail(operation.id(), operation.turn(), operation.call(), FailureKind.TIMEOUT);
    }

    private static void take(ObjectNode message) {
        try {
            scenes.take(scenes.wired, message);
        } catch (RuntimeException e) {
            // The message comes again.
        }
    }

    private static JsonNode result(Operation operation) {
        return scenes.parts.calls().result(operation.turn(), operation.call()).orElseThrow();
    }

    /** The call's result is what the operation's outcome says: this report, or the failure. */
    private static void assertAgreed(Operation operation, String report) {
        assertThat(result(operation))
                .isEqualTo(
                        switch (scenes.operation(operation.id()).outcome()) {
                            case null -> throw new AssertionError("it has not ended");
                            case Outcome.Completed() -> report(report);
                            case Outcome.Failed(FailureKind kind, String message) ->
                                    TextNode.valueOf(message);
                        });
    }
}
