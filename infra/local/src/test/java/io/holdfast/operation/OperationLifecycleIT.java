package io.holdfast.operation;

import static io.holdfast.operation.OperationScenes.AWAITED;
import static io.holdfast.operation.OperationScenes.DETACHED;
import static io.holdfast.operation.OperationScenes.WITHIN;
import static io.holdfast.operation.OperationScenes.completions;
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
import io.holdfast.platform.Json;
import io.holdfast.platform.SessionId;
import io.holdfast.stream.TurnStatus;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnInput;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.util.ArrayList;
import java.util.List;
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
        completions(scenes.parts).take(message);
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

        var _ = scenes.parts.ender().complete(operation, TextNode.valueOf("x".repeat(3_100_000)));

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
        completions(some).take(message);
    }

    // Conversations that go on

    @Test
    void aResultComesIntoTheConversationOnceHoweverOftenItIsTried() throws Exception {
        Operation operation = scenes.taken(DETACHED);
        Turn turn = scenes.ended(operation.turn());
        Turn busy = scenes.says(turn.session(), OperationScenes.use(AWAITED));
        Operation other = scenes.taken(busy, 0);
        assertThat(scenes.quiet().complete(operation, report("it is so"))).isTrue();

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
        assertThat(scenes.quiet().complete(detached, report("it is so"))).isTrue();

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
        assertThat(scenes.quiet().complete(operation, report("it is so"))).isTrue();

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
                                .sessions()
                                .change(turn.session(), turn.answerPosition(), change))
                .isTrue();
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
            completions(scenes.wired).take(message.deepCopy());
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
