package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.CatalogReader;
import io.holdfast.assistant.SystemPrompts;
import io.holdfast.assistant.Wish;
import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.FinishReason;
import io.holdfast.chunk.MessageFold;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.local.LocalSystem;
import io.holdfast.local.TestSystems;
import io.holdfast.model.Model;
import io.holdfast.model.ModelEvent;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.Ids;
import io.holdfast.platform.Json;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.session.StoredMessage;
import io.holdfast.stream.ApiGatewayConnections;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.Fence;
import io.holdfast.stream.StreamSettings;
import io.holdfast.stream.Subscriber;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;
import io.holdfast.tool.ToolClients;
import io.holdfast.tool.Toolbox;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import redis.clients.jedis.UnifiedJedis;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.sfn.SfnClient;

import java.lang.reflect.Proxy;
import java.math.BigDecimal;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;

/**
 * Turns against the real parts: the record, the stream and the state machine of a running system,
 * with deaths between any two writes.
 */
@Tag("side-by-side")
final class TurnLifecycleIT {
    /** Nothing here has operations. */
    private static final String NO_OPERATIONS = "none";

    private static final Duration WITHIN = Duration.ofSeconds(5);
    private static final InstantSource CLOCK = InstantSource.system();
    private static final Ids IDS = new Ids(new SecureRandom());

    private static final Catalog CATALOG =
            CatalogReader.read(
                    """
                    version: 1
                    defaultAssistant: default
                    assistants:
                      default:
                        systemPrompt: Be kind.
                        model: script
                      composed:
                        systemPrompt: Be kind.
                        model: script
                        finalModel: final
                    prices:
                      script: { input: 1, output: 2 }
                      final: { input: 0.0005, output: 0.0015 }
                    """,
                    Map.of());

    private static LocalSystem system;
    private static AwsClients aws;
    private static TurnParts parts;
    private static UnifiedJedis redis;
    private static DynamoDbClient dynamoDb;
    private static SfnClient stepFunctions;
    private static SessionStore sessions;
    private static TurnStore turns;
    private static StepStore steps;
    private static TurnStream stream;
    private static TurnStarter starter;
    private static TurnCanceller canceller;
    private static TurnFinisher finisher;
    private static TurnSweeper sweeper;
    private static TurnStarter impatient;

    private final UserId user = new UserId(IDS.next("user"));
    private final SessionId session = new SessionId(IDS.next("session"));

    @BeforeAll
    static void start() {
        system = TestSystems.startUnswept();
        aws = new AwsClients(TestSystems.environment(system.endpoints()));
        dynamoDb = aws.dynamoDb();
        stepFunctions = aws.stepFunctions();
        parts = parts(aws, Duration.ofHours(1));
        redis = parts.redis();
        sessions = parts.sessions();
        turns = parts.turns();
        steps = parts.steps();
        stream = parts.delivery().stream();
        starter = parts.starter(CATALOG);
        canceller = parts.canceller();
        finisher = parts.finisher();
        sweeper = new TurnSweeper(parts);
        impatient = parts(aws, Duration.ofMillis(1)).starter(CATALOG);
    }

    /** The parts, with turns that the sweeper looks at after this time. */
    private static TurnParts parts(AwsClients aws, Duration checkAfter) {
        return TurnParts.of(
                new TurnParts.Settings(
                        table(),
                        endpoint("cache"),
                        endpoint("connections"),
                        checkAfter,
                        machine(),
                        NO_OPERATIONS),
                aws);
    }

    @AfterAll
    static void stop() {
        redis.close();
        system.close();
    }

    @Test
    void aMessageThatComesTwiceAtOnceIsOneTurn() throws Exception {
        List<Begun> begun = atOnce(8, () -> begin("m1", "hello"));

        assertThat(begun).filteredOn(Begun.Started.class::isInstance).hasSize(1);
        assertThat(begun).filteredOn(Begun.Existing.class::isInstance).hasSize(7);
        assertThat(messages()).hasSize(1);
    }

    @Test
    void ofTwoMessagesAtOnceOneIsTakenAndOneIsTooEarly() throws Exception {
        List<String> ids = List.of("m1", "m2");
        List<Callable<Begun>> both = ids.stream().map(id -> call(id)).toList();

        List<Begun> begun = atOnce(both);

        assertThat(begun).filteredOn(Begun.Started.class::isInstance).hasSize(1);
        assertThat(begun).filteredOn(Begun.Busy.class::isInstance).hasSize(1);
    }

    @Test
    void goesOnWhereADeadSenderStopped() {
        Turn stored = started(begin("m1", "hello"));
        // The sender dies here: the turn is in the record, and nothing runs it. It sends again.
        Begun again = begin("m1", "hello");

        assertThat(again)
                .isInstanceOfSatisfying(
                        Begun.Existing.class,
                        existing -> assertThat(existing.turn().id()).isEqualTo(stored.id()));
        starter.start(stored);
        starter.start(stored);
        await().until(() -> status(stored), TurnStatus.COMPLETED::equals);
        assertThat(messages())
                .extracting(message -> message.message().text())
                .containsExactly("hello", "You said: hello");
    }

    @Test
    void aTurnThatNobodyStartedRunsWhenTheNextMessageFindsItInTheWay() {
        Turn stored = started(begin("m1", "hello"));

        assertThat(begin("m2", "are you there?")).isInstanceOf(Begun.Busy.class);

        await().until(() -> status(stored), TurnStatus.COMPLETED::equals);
    }

    @Test
    void theStoredAnswerIsWhatReadersSaw() {
        Turn turn = started(begin("m1", "think first\ncount to 30"));
        starter.start(turn);
        await().until(() -> chunks(turn).stream().anyMatch(Chunk.Finish.class::isInstance));

        MessageFold fold = new MessageFold(turn.answerId());
        chunks(turn).forEach(fold::accept);

        assertThat(messages().getLast().message()).isEqualTo(fold.message());
    }

    @Test
    void aMessageIdCannotBeUsedForOtherWords() {
        started(begin("m1", "hello"));

        assertThat(begin("m1", "something else")).isInstanceOf(Begun.Conflict.class);
    }

    @Test
    void somebodyElsesSessionIsClosed() {
        started(begin("m1", "hello"));

        assertThat(
                        starter.begin(
                                new Caller(new UserId("somebody-else"), Set.of()),
                                session,
                                new TurnInput.Message(message("m2", "mine now")),
                                Wish.NONE,
                                new RequestId("r2")))
                .isInstanceOf(Begun.Foreign.class);
    }

    @Test
    void finishingAgainAfterADeathBeforeTheStreamsEndEndsIt() {
        Turn turn = started(begin("m1", "hello"));
        answered(turn, "an answer");
        // The function dies between the record and the stream.
        assertThat(
                        turns.end(
                                turn,
                                TurnStatus.COMPLETED,
                                answer(turn, "an answer"),
                                null,
                                CLOCK.instant()))
                .isTrue();

        finisher.finish(turn.id());
        finisher.finish(turn.id());

        assertThat(chunks(turn)).filteredOn(Chunk.Finish.class::isInstance).hasSize(1);
        assertThat(status(turn)).isEqualTo(TurnStatus.COMPLETED);
    }

    @Test
    void aCancelAndAFinishAtOnceAgree() throws Exception {
        for (int round = 0; round < 20; round++) {
            Turn turn = started(begin("m" + round, "hello"));
            answered(turn, "an answer");

            List<Callable<Object>> race =
                    List.of(
                            () -> {
                                finisher.finish(turn.id());
                                return "finished";
                            },
                            () -> canceller.cancel(turn, WITHIN));
            atOnce(race);

            List<Chunk> last = chunks(turn);
            boolean aborted = last.getLast() instanceof Chunk.Abort;
            assertThat(last)
                    .filteredOn(
                            chunk -> chunk instanceof Chunk.Abort || chunk instanceof Chunk.Finish)
                    .as("ends of round %d", round)
                    .hasSize(1);
            assertThat(status(turn))
                    .as("record of round %d", round)
                    .isEqualTo(aborted ? TurnStatus.CANCELLED : TurnStatus.COMPLETED);
        }
    }

    @Test
    void ofManyCancelsOneEndsTheTurn() throws Exception {
        Turn turn = started(begin("m1", "count to 1000 every 20 ms"));
        starter.start(turn);
        await().until(() -> chunks(turn).stream().anyMatch(Chunk.TextDelta.class::isInstance));

        List<CancelReceipt> receipts = atOnce(6, () -> canceller.cancel(turn, WITHIN));

        assertThat(receipts).filteredOn(CancelReceipt.Cancelled.class::isInstance).hasSize(1);
        assertThat(chunks(turn)).filteredOn(Chunk.Abort.class::isInstance).hasSize(1);
        assertThat(status(turn)).isEqualTo(TurnStatus.CANCELLED);
        assertThat(messages().getLast().message().text()).startsWith("1");
    }

    @Test
    void anOlderAttemptCannotStoreItsStep() {
        Turn turn = started(begin("m1", "hello"));
        Fence old = claim(turn).fence();
        Fence current = claim(turn).fence();

        assertThat(steps.store(turn.id(), old, step("old"), List.of())).isFalse();
        assertThat(steps.store(turn.id(), current, step("new"), List.of())).isTrue();
        assertThat(steps.find(turn.id())).isEqualTo(new Steps(List.of(step("new")), null));
        assertThat(steps.claim(turn.id(), 1)).as("a complete step").isEmpty();
    }

    @Test
    void theRecordBoundsTheSequencesThatAnAttemptMayHaveUsed() {
        Turn turn = started(begin("m1", "hello"));
        Claim first = claim(turn);
        assertThat(first.bound()).isZero();
        assertThat(first.limit()).isEqualTo(StepStore.RESERVATION);

        // It dies, and nobody knows how far it came.
        Claim second = claim(turn);
        assertThat(second.bound()).isEqualTo(first.limit());
        assertThat(second.limit()).isEqualTo(2 * StepStore.RESERVATION);
        assertThatThrownBy(() -> steps.extend(turn.id(), first.fence(), 1_000))
                .hasMessageContaining("newer attempt");
        assertThat(steps.extend(turn.id(), second.fence(), 5_000)).isEqualTo(5_000);

        // It fails, and says how far it came.
        steps.abandon(turn.id(), second.fence(), 4_300, 4_321);
        steps.abandon(turn.id(), first.fence(), 16, 17);
        assertThat(steps.find(turn.id()).open()).isEqualTo(new Steps.Open(1, 4_300, 4_321));
        Claim third = claim(turn);
        assertThat(third.reached()).isEqualTo(4_300);
        assertThat(third.bound()).isEqualTo(4_321);
        assertThat(third.limit()).isEqualTo(5_000 + StepStore.RESERVATION);
    }

    @Test
    void theSecondStepBeginsWhereTheFirstEnded() {
        Turn turn = started(begin("m1", "hello"));
        Claim first = claim(turn);
        StepResult result = step("one");
        assertThat(steps.store(turn.id(), first.fence(), result, List.of())).isTrue();

        Claim second = steps.claim(turn.id(), 2).orElseThrow();

        assertThat(second.bound()).isEqualTo(result.end());
        assertThat(second.limit()).isEqualTo(result.end() + StepStore.RESERVATION);
    }

    @Test
    void aStreamThatIsForgottenBeforeTheFirstWriteFailsTheAttempt() {
        Turn turn = started(begin("m1", "hello"));
        var _ = stream.create(turn.id(), TurnStream.Beginning.EMPTY, CLOCK.instant());
        TurnStream forgetful =
                (TurnStream)
                        Proxy.newProxyInstance(
                                TurnStream.class.getClassLoader(),
                                new Class<?>[] {TurnStream.class},
                                (proxy, method, arguments) -> {
                                    Object result = method.invoke(stream, arguments);
                                    if (result instanceof TurnStream.Opened.Claimed) {
                                        redis.del("{" + turn.id() + "}:turn");
                                    }
                                    return result;
                                });
        try (ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(1)) {
            StepRunner runner =
                    runner(
                            parts(forgetful),
                            scheduler,
                            request -> {
                                throw new AssertionError("the model was asked");
                            });

            assertThatThrownBy(() -> runner.run(turn.id(), 1, WITHIN))
                    .isInstanceOf(StreamForgottenException.class);
        }
        assertThat(status(turn)).isEqualTo(TurnStatus.RUNNING);
    }

    @Test
    void aTurnCostsWhatEachModelThatWasAskedDoes() {
        Turn turn =
                started(
                        starter.begin(
                                new Caller(user, Set.of()),
                                session,
                                new TurnInput.Message(message("m1", "hello")),
                                new Wish("composed", null, null),
                                new RequestId("request-1")));
        assertThat(view(turn).has("cost")).as("before the first call").isFalse();
        answered(turn, "one");
        assertThat(cost(turn)).isEqualTo(new BigDecimal("0.000084"));

        try (ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(1)) {
            StepRunner runner =
                    runner(
                            parts,
                            scheduler,
                            request ->
                                    said(
                                            request.modelId().equals("final")
                                                    ? new ModelEvent.Usage(200, 20)
                                                    : new ModelEvent.Usage(100, 10)));
            assertThat(runner.run(turn.id(), 2, WITHIN)).isEqualTo(new StepOutcome.Answered());
        }

        assertThat(steps.result(turn.id(), 2).ledger())
                .isEqualTo(new Ledger(300, 30, 120_000L + 130L));
        assertThat(cost(turn)).isEqualTo(new BigDecimal("0.00020413"));
        assertThat(Json.write(view(turn).path("usage")))
                .isEqualTo("{\"inputTokens\":303,\"outputTokens\":35}");
    }

    /** An answer of a word. */
    private static Model.Answer said(ModelEvent.Usage usage) {
        Iterator<ModelEvent> events =
                List.<ModelEvent>of(
                                new ModelEvent.Text(0, "word"),
                                new ModelEvent.BlockEnd(0),
                                new ModelEvent.Stop(FinishReason.STOP),
                                usage,
                                new ModelEvent.End())
                        .iterator();
        return new Model.Answer() {
            @Override
            public ModelEvent next(Duration patience) {
                return events.next();
            }

            @Override
            public void close() {}
        };
    }

    @Test
    void aTitleIsCountedAtItsTurnOnce() {
        Turn turn = started(begin("m1", "hello"));
        answered(turn, "an answer");

        turns.countTitle(turn.id(), new Ledger(10, 1, 7L));
        turns.countTitle(turn.id(), new Ledger(20, 2, null));

        assertThat(turns.find(turn.id()).orElseThrow().title()).isEqualTo(new Ledger(10, 1, 7L));
        assertThat(cost(turn)).isEqualTo(new BigDecimal("0.000084007"));
        assertThat(Json.write(view(turn).path("usage")))
                .isEqualTo("{\"inputTokens\":13,\"outputTokens\":6}");
        finisher.finish(turn.id());
        assertThat(Json.write(view(turn).at("/message/metadata/usage")))
                .as("of the answer alone")
                .isEqualTo("{\"inputTokens\":3,\"outputTokens\":5}");

        TurnId gone = new TurnId(IDS.next("turn"));
        turns.countTitle(gone, new Ledger(10, 1, 7L));
        assertThat(turns.find(gone)).as("a turn that was deleted").isEmpty();
    }

    @Test
    void aCallOfAModelWithoutAPriceLeavesTheTurnWithoutACost() {
        Turn turn = started(begin("m1", "hello"));
        answered(turn, "one");
        Fence fence = steps.claim(turn.id(), 2).orElseThrow().fence();
        StepResult unpriced =
                new StepResult(
                        step("two").end(),
                        step("two").chunks(),
                        FinishReason.STOP,
                        "model-2",
                        new Ledger(1, 1, null),
                        List.of(),
                        0);
        assertThat(steps.store(turn.id(), fence, unpriced, List.of())).isTrue();

        assertThat(steps.result(turn.id(), 2).ledger()).isEqualTo(unpriced.ledger());
        assertThat(view(turn).path("usage").path("inputTokens").asInt()).isEqualTo(4);
        assertThat(view(turn).has("cost")).isFalse();
    }

    private static ObjectNode view(Turn turn) {
        return parts.views().turn(turns.find(turn.id()).orElseThrow());
    }

    private static BigDecimal cost(Turn turn) {
        return view(turn).path("cost").path("usd").decimalValue();
    }

    private static StepRunner runner(
            TurnParts some, ScheduledExecutorService scheduler, Model model) {
        Toolbox toolbox =
                new Toolbox(
                        CATALOG,
                        new ToolClients(
                                aws.lambdaForTools(),
                                reference -> "",
                                some.table(),
                                ToolClients.installedBuiltins(),
                                ToolClients.installedSteps(),
                                CLOCK,
                                Pause.REAL,
                                new SecureRandom()));
        return new StepRunner(
                some,
                new Writers(some.delivery(), scheduler, some.restorer(), some.ids()::holder),
                model,
                new StepRequests(
                        CATALOG,
                        toolbox,
                        new TurnContext(
                                new SystemPrompts(CLOCK), toolbox, sessions, some.notes(), CLOCK),
                        sessions,
                        some.messages(),
                        some.calls(),
                        CLOCK),
                toolbox);
    }

    @Test
    void theSweeperStartsATurnThatNobodyStarted() {
        Turn turn = started(beginImpatiently("hello"));

        sweepUntilEnded(turn);

        assertThat(status(turn)).isEqualTo(TurnStatus.COMPLETED);
        assertThat(messages().getLast().message().text()).isEqualTo("You said: hello");
        assertThat(found().activeTurn()).isNull();
    }

    @Test
    void theSweeperEndsATurnWhoseExecutionWasStopped() {
        Turn turn = started(beginImpatiently("hang after 3"));
        starter.start(turn);
        await().until(() -> chunks(turn).stream().anyMatch(Chunk.TextDelta.class::isInstance));
        stepFunctions.stopExecution(request -> request.executionArn(execution(turn)));

        sweepUntilEnded(turn);

        assertThat(status(turn)).isEqualTo(TurnStatus.FAILED);
        assertThat(turns.find(turn.id()).orElseThrow().failure())
                .isEqualTo(FailureWords.INTERRUPTED);
        assertThat(messages().getLast().message().text()).isEqualTo("1 2 3");
        assertThat(chunks(turn)).last().isInstanceOf(Chunk.Failure.class);
    }

    @Test
    void theSweeperRecordsACancelWhoseCallerDied() {
        Turn turn = started(beginImpatiently("hang after 3"));
        starter.start(turn);
        await().until(() -> chunks(turn).stream().anyMatch(Chunk.TextDelta.class::isInstance));
        stream.close(
                turn.id(),
                TurnStatus.CANCELLED,
                List.of(ChunkJson.write(LastChunk.abort())),
                "a holder",
                CLOCK.instant());
        stepFunctions.stopExecution(request -> request.executionArn(execution(turn)));

        sweepUntilEnded(turn);

        assertThat(status(turn)).isEqualTo(TurnStatus.CANCELLED);
        assertThat(chunks(turn)).filteredOn(Chunk.Abort.class::isInstance).hasSize(1);
        assertThat(chunks(turn)).last().isInstanceOf(Chunk.Abort.class);
    }

    @Test
    void theSweeperClosesTheStreamOfATurnThatIsOnlyRecordedAsEnded() {
        Turn turn = started(beginImpatiently("hello"));
        answered(turn, "an answer");
        assertThat(
                        turns.end(
                                turn,
                                TurnStatus.COMPLETED,
                                answer(turn, "an answer"),
                                null,
                                CLOCK.instant()))
                .isTrue();

        await().until(
                        () -> {
                            sweeper.sweep(WITHIN);
                            return chunks(turn).stream().anyMatch(Chunk.Finish.class::isInstance);
                        });
        await().until(() -> isSettled(turn));
    }

    @Test
    void theSweeperKeepsATurnThatRunsAndForgetsReadersThatAreGone() {
        Turn turn = started(beginImpatiently("hang after 3"));
        starter.start(turn);
        await().until(() -> chunks(turn).stream().anyMatch(Chunk.TextDelta.class::isInstance));
        Subscriber gone = new Subscriber(new ConnectionId("gone"), new RequestId("r1"));
        var _ = stream.attach(turn.id(), gone, 0, 0, "a holder", CLOCK.instant());
        redis.pexpire("{" + turn.id() + "}:turn", 60_000);

        await().until(
                        () -> {
                            sweeper.sweep(WITHIN);
                            return stream.subscribers(turn.id()).isEmpty();
                        });

        assertThat(status(turn)).isEqualTo(TurnStatus.RUNNING);
        assertThat(redis.pttl("{" + turn.id() + "}:turn")).isGreaterThan(60_000);
        canceller.cancel(turn, WITHIN);
    }

    private static TurnParts parts(TurnStream stream) {
        ApiGatewayConnections nobody = parts.connections();
        return new TurnParts(
                parts.table(),
                redis,
                Duration.ofHours(1),
                nobody,
                new Delivery(stream, nobody, CLOCK, StreamSettings.DEFAULT),
                parts.turnMachine(),
                parts.operationMachine(),
                IDS,
                Pause.REAL,
                new SecureRandom());
    }

    private static void sweepUntilEnded(Turn turn) {
        await().until(
                        () -> {
                            assertThat(sweeper.sweep(WITHIN).failed()).isZero();
                            return status(turn).isFinal();
                        });
    }

    /** Whether the sweeper would never look at it again. */
    private static boolean isSettled(Turn turn) {
        return !dynamoDb.getItem(
                        request ->
                                request.tableName(table())
                                        .key(
                                                Map.of(
                                                        "pk",
                                                        AttributeValue.fromS("TURN#" + turn.id()),
                                                        "sk",
                                                        AttributeValue.fromS("TURN"))))
                .item()
                .containsKey("nextCheckAt");
    }

    private static String machine() {
        return stepFunctions.listStateMachines().stateMachines().stream()
                .map(one -> one.stateMachineArn())
                .filter(arn -> arn.endsWith(":holdfast-turn"))
                .findFirst()
                .orElseThrow();
    }

    private static String execution(Turn turn) {
        return parts.turnMachine().execution(turn.id());
    }

    private static Claim claim(Turn turn) {
        return steps.claim(turn.id(), 1).orElseThrow();
    }

    @Test
    void aLongAnswerIsStoredInSlicesAndReadAsOne() {
        String text = "€𝄞".repeat(100_000);
        Turn turn = started(begin("m1", "hello"));
        answered(turn, text);

        finisher.finish(turn.id());

        assertThat(messages().getLast().message().text()).isEqualTo(text);
        assertThat(steps.find(turn.id()).complete()).containsExactly(step(text));
    }

    @Test
    void anEditCutsTheHistoryAndTheNextAnswerTakesItsPlace() {
        for (int i = 1; i <= 3; i++) {
            Turn turn = started(begin("m" + i, "question " + i));
            answered(turn, "answer " + i);
            finisher.finish(turn.id());
        }

        Turn turn =
                started(
                        starter.begin(
                                new Caller(user, Set.of()),
                                session,
                                new TurnInput.Edit(message("m2", "better question")),
                                Wish.NONE,
                                new RequestId("edit-1")));
        answered(turn, "better answer");
        finisher.finish(turn.id());

        assertThat(messages())
                .extracting(message -> message.message().text())
                .containsExactly("question 1", "answer 1", "better question", "better answer");
    }

    @Test
    void theNewestMessagesAreKeptWhenThereAreTooMany() {
        for (int i = 1; i <= 3; i++) {
            Turn turn = started(begin("m" + i, "question " + i));
            answered(turn, "answer " + i);
            finisher.finish(turn.id());
        }

        assertThat(parts.messages().before(found(), found().next(), 3, 1_000_000))
                .extracting(message -> message.message().text())
                .containsExactly("answer 2", "question 3", "answer 3");
    }

    private Begun begin(String messageId, String text) {
        return starter.begin(
                new Caller(user, Set.of()),
                session,
                new TurnInput.Message(message(messageId, text)),
                Wish.NONE,
                new RequestId("request-1"));
    }

    private Begun beginImpatiently(String text) {
        return impatient.begin(
                new Caller(user, Set.of()),
                session,
                new TurnInput.Message(message("m1", text)),
                Wish.NONE,
                new RequestId("request-1"));
    }

    private Callable<Begun> call(String messageId) {
        return () -> begin(messageId, "hello from " + messageId);
    }

    private static Turn started(Begun begun) {
        assertThat(begun).isInstanceOf(Begun.Started.class);
        return ((Begun.Started) begun).turn();
    }

    /** What a step that ran well leaves behind. */
    private static void answered(Turn turn, String text) {
        Fence fence = claim(turn).fence();
        StepResult step = step(text);
        List<String> chunks = new ArrayList<>();
        chunks.add(ChunkJson.write(new Chunk.Start(turn.answerId().value(), null)));
        chunks.addAll(step.chunks());
        var _ =
                stream.create(
                        turn.id(),
                        new TurnStream.Beginning(TurnStatus.RUNNING, chunks, 1, 0),
                        CLOCK.instant());
        assertThat(steps.store(turn.id(), fence, step, List.of())).isTrue();
    }

    private static StepResult step(String text) {
        List<Chunk> chunks =
                List.of(
                        new Chunk.StartStep(),
                        new Chunk.TextStart("t"),
                        new Chunk.TextDelta("t", text),
                        new Chunk.TextEnd("t"),
                        new Chunk.FinishStep());
        return new StepResult(
                1,
                chunks.stream().map(ChunkJson::write).toList(),
                FinishReason.STOP,
                "model-1",
                new Ledger(3, 5, 84_000L),
                List.of(),
                6);
    }

    private static UiMessage answer(Turn turn, String text) {
        return new UiMessage(
                turn.answerId(),
                UiMessage.Role.ASSISTANT,
                List.of(new MessagePart.StepStart(), new MessagePart.Text(text)),
                null);
    }

    private static UiMessage message(String id, String text) {
        return new UiMessage(
                new MessageId(id), UiMessage.Role.USER, List.of(new MessagePart.Text(text)), null);
    }

    private static TurnStatus status(Turn turn) {
        return turns.find(turn.id()).orElseThrow().status();
    }

    private static List<Chunk> chunks(Turn turn) {
        return chunks(turn.id());
    }

    private static List<Chunk> chunks(TurnId turn) {
        List<Chunk> chunks = new ArrayList<>();
        List<TurnStream.Entry> page = stream.read(turn, 0);
        while (!page.isEmpty()) {
            page.forEach(entry -> chunks.add(ChunkJson.read(entry.chunk())));
            page = stream.read(turn, chunks.size());
        }
        return chunks;
    }

    private Session found() {
        return switch (sessions.find(session, user, CLOCK.instant())) {
            case SessionStore.Access.Granted(Session granted) -> granted;
            case SessionStore.Access.Absent(Session fresh) -> fresh;
            case SessionStore.Access.Foreign() -> throw new AssertionError("not ours");
        };
    }

    private List<StoredMessage> messages() {
        return parts.messages().before(found(), found().next(), 100, 10_000_000);
    }

    private static URI endpoint(String service) {
        return Objects.requireNonNull(system.endpoints().get(service), service);
    }

    private static String table() {
        return dynamoDb.listTables().tableNames().getFirst();
    }

    private static <T> List<T> atOnce(int times, Callable<T> call) throws Exception {
        List<Callable<T>> calls = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            calls.add(call);
        }
        return atOnce(calls);
    }

    private static <T> List<T> atOnce(List<Callable<T>> calls) throws Exception {
        try (ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<T> results = new ArrayList<>();
            for (Future<T> future : executor.invokeAll(calls)) {
                results.add(future.get());
            }
            return results;
        }
    }
}
