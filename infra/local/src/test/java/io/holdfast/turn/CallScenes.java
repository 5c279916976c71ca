package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;
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
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.Ids;
import io.holdfast.platform.Json;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;
import io.holdfast.stream.Delivery;
import io.holdfast.stream.Fence;
import io.holdfast.stream.StreamSettings;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;
import io.holdfast.tool.BuiltinTool;
import io.holdfast.tool.Progress;
import io.holdfast.tool.Services;
import io.holdfast.tool.ToolCall;
import io.holdfast.tool.ToolClients;
import io.holdfast.tool.ToolResult;
import io.holdfast.tool.Toolbox;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.sfn.SfnClient;

import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/** A running system, turns whose first step has asked for tools, and a tool that obeys the test. */
final class CallScenes implements AutoCloseable {
    static final Duration WITHIN = Duration.ofSeconds(10);
    static final InstantSource CLOCK = InstantSource.system();
    static final UserId ALICE = new UserId("alice");

    private static final Catalog CATALOG =
            CatalogReader.read(
                    """
                    version: 1
                    defaultAssistant: default
                    assistants:
                      default:
                        systemPrompt: Be kind.
                        model: script
                        tools: ["*"]
                    tools:
                      work: { kind: builtin, builtin: work }
                    """,
                    Map.of());

    private final Ids ids = new Ids(new SecureRandom());
    private final LocalSystem system = TestSystems.startUnswept();
    private final ScheduledExecutorService scheduler = Executors.newScheduledThreadPool(2);
    private final AwsClients aws;
    private final DynamoDbClient dynamoDb;
    private final String table;
    private final SfnClient stepFunctions;
    private final String machine;
    final TurnParts parts;
    final TurnParts impatient;
    final TurnStream stream;
    final Work work = new Work();

    CallScenes() {
        aws = new AwsClients(TestSystems.environment(system.endpoints()));
        dynamoDb = aws.dynamoDb();
        table = dynamoDb.listTables().tableNames().getFirst();
        stepFunctions = aws.stepFunctions();
        machine =
                stepFunctions.listStateMachines().stateMachines().stream()
                        .map(one -> one.stateMachineArn())
                        .filter(arn -> arn.endsWith(":holdfast-turn"))
                        .findFirst()
                        .orElseThrow();
        parts = parts(Duration.ofHours(1));
        impatient = parts(Duration.ofMillis(1));
        stream = parts.delivery().stream();
    }

    /** The parts, with turns that the sweeper looks at after this time. */
    private TurnParts parts(Duration checkAfter) {
        return TurnParts.of(
                new TurnParts.Settings(
                        table,
                        endpoint("cache"),
                        endpoint("connections"),
                        checkAfter,
                        machine,
                        machine.replace("holdfast-turn", "holdfast-operation")),
                aws);
    }

    @Override
    public void close() {
        parts.redis().close();
        impatient.redis().close();
        scheduler.close();
        system.close();
    }

    private URI endpoint(String service) {
        return Objects.requireNonNull(system.endpoints().get(service), service);
    }

    /** A tool that counts how often it runs, and does what the test says. */
    static final class Work implements BuiltinTool {
        final AtomicInteger runs = new AtomicInteger();
        volatile Doing doing = Work::atOnce;
        volatile IntFunction<JsonNode> result = Work::number;

        /** What it does in a run; runs are counted from 1. */
        interface Doing {
            void in(int run, Progress progress) throws InterruptedException;
        }

        /** A result that tells its run. */
        static JsonNode number(int run) {
            return Json.object().put("run", run);
        }

        static void atOnce(int run, Progress progress) {}

        @Override
        public String name() {
            return "work";
        }

        @Override
        public String description() {
            return "Works.";
        }

        @Override
        public ObjectNode input() {
            return Json.object().put("type", "object");
        }

        @Override
        public ToolResult run(
                ToolCall call, ObjectNode settings, Services services, Progress progress)
                throws InterruptedException {
            int run = runs.incrementAndGet();
            doing.in(run, progress);
            return new ToolResult.Success(result.apply(run));
        }
    }

    // Whoever works on turns

    CallRunner runner() {
        return runner(parts);
    }

    CallRunner runner(TurnParts some) {
        Toolbox toolbox =
                new Toolbox(
                        CATALOG,
                        new ToolClients(
                                aws.lambdaForTools(),
                                reference -> "",
                                some.table(),
                                List.of(work),
                                List.of(),
                                CLOCK,
                                Pause.REAL,
                                new SecureRandom()));
        return new CallRunner(
                some,
                new CallWriters(
                        some.steps(),
                        some.restorer(),
                        new Writers(some.delivery(), scheduler, some.restorer(), ids::holder)),
                new Pauser(some),
                new StepRequests(
                        CATALOG,
                        toolbox,
                        new TurnContext(
                                new SystemPrompts(CLOCK),
                                toolbox,
                                some.sessions(),
                                some.notes(),
                                CLOCK),
                        some.sessions(),
                        some.messages(),
                        some.calls(),
                        CLOCK),
                toolbox);
    }

    Approvals approvals() {
        return approvals(parts);
    }

    Approvals approvals(TurnParts some) {
        return some.approvals();
    }

    CallDesk desk() {
        return new CallDesk(parts.calls(), approvals(), new Pauser(parts));
    }

    TurnCanceller canceller() {
        return parts.canceller();
    }

    /** The parts, on another stream. */
    TurnParts on(TurnStream other) {
        return on(dynamoDb, other);
    }

    /** The parts of a function that dies; everything that it does beyond the process is counted. */
    TurnParts of(Mortal mortal) {
        return on(
                mortal.of(DynamoDbClient.class, dynamoDb, CallScenes::writesRecord),
                mortal.of(TurnStream.class, stream, method -> !method.equals("read")));
    }

    /** The same, as they are after some time. */
    TurnParts of(Mortal mortal, Duration later) {
        return on(
                mortal.of(DynamoDbClient.class, dynamoDb, CallScenes::writesRecord),
                mortal.of(TurnStream.class, stream, method -> !method.equals("read")),
                () -> CLOCK.instant().plus(later),
                Duration.ofHours(1));
    }

    /** The same, with turns that the sweeper looks at soon. */
    TurnParts impatient(Mortal mortal) {
        return on(
                mortal.of(DynamoDbClient.class, dynamoDb, CallScenes::writesRecord),
                mortal.of(TurnStream.class, stream, method -> !method.equals("read")),
                CLOCK,
                Duration.ofMillis(1));
    }

    /** The parts, as they are after some time. */
    TurnParts after(Duration time) {
        return on(dynamoDb, stream, () -> CLOCK.instant().plus(time), Duration.ofHours(1));
    }

    private static boolean writesRecord(String method) {
        return Set.of("updateItem", "putItem", "deleteItem", "transactWriteItems").contains(method);
    }

    private TurnParts on(DynamoDbClient client, TurnStream other) {
        return on(client, other, CLOCK, Duration.ofHours(1));
    }

    private TurnParts on(
            DynamoDbClient client, TurnStream other, InstantSource clock, Duration checkAfter) {
        return new TurnParts(
                new RecordTable(client, table),
                parts.redis(),
                checkAfter,
                parts.connections(),
                new Delivery(other, parts.connections(), clock, StreamSettings.DEFAULT),
                parts.turnMachine(),
                parts.operationMachine(),
                ids,
                Pause.REAL,
                new SecureRandom());
    }

    // Turns

    SessionId newSession() {
        return new SessionId(ids.next("session"));
    }

    /** Alice says something. */
    Begun begin(TurnParts some, SessionId session, String text, TurnOptions options) {
        return begin(some, ALICE, session, text, options);
    }

    /** Somebody says something. */
    Begun begin(TurnParts some, UserId user, SessionId session, String text, TurnOptions options) {
        return some.starter(CATALOG)
                .begin(
                        new Caller(user, Set.of()),
                        session,
                        new TurnInput.Message(
                                new UiMessage(
                                        ids.message(),
                                        UiMessage.Role.USER,
                                        List.of(new MessagePart.Text(text)),
                                        null)),
                        Wish.NONE,
                        new RequestId("request-1"),
                        options);
    }

    /** A turn that is in the record and has said nothing. */
    Turn begun(TurnParts some, String text) {
        Begun begun = begin(some, newSession(), text, TurnOptions.DEFAULT);
        if (begun instanceof Begun.Started(Turn turn)) {
            return turn;
        }
        throw new AssertionError("not begun: " + begun);
    }

    /** Has its execution run it, by the system's own functions and tools. */
    void start(Turn turn) {
        parts.starter(CATALOG).start(turn);
    }

    /** A turn whose first step has asked for calls: which of them a human is asked about. */
    Turn asked(boolean... asks) {
        Turn turn = begun(parts, "please");
        List<NewCall> calls = new ArrayList<>();
        List<Chunk> chunks = new ArrayList<>();
        chunks.add(new Chunk.Start(turn.answerId().value(), null));
        chunks.add(new Chunk.StartStep());
        for (int index = 0; index < asks.length; index++) {
            NewCall call = call(index, asks[index]);
            calls.add(call);
            chunks.add(new Chunk.ToolInputStart(call.toolCallId(), "work", false));
            chunks.add(
                    new Chunk.ToolInputAvailable(call.toolCallId(), "work", false, call.input()));
        }
        for (NewCall call : calls) {
            if (call.gate() instanceof NewCall.Gate.Ask(Call.Approval approval, String reason)) {
                chunks.add(new Chunk.ToolApprovalRequest(approval.id(), call.toolCallId(), reason));
            }
        }
        chunks.add(new Chunk.FinishStep());
        List<String> json = chunks.stream().map(ChunkJson::write).toList();
        Fence fence = parts.steps().claim(turn.id(), 1).orElseThrow().fence();
        var _ =
                stream.create(
                        turn.id(),
                        new TurnStream.Beginning(TurnStatus.RUNNING, json, 1, 0),
                        CLOCK.instant());
        StepResult step =
                new StepResult(
                        1,
                        json.subList(1, json.size()),
                        FinishReason.TOOL_CALLS,
                        "script",
                        new Ledger(3, 5, null),
                        List.of(),
                        0);
        if (!parts.steps().store(turn.id(), fence, step, calls)) {
            throw new AssertionError("the step was not stored");
        }
        return turn;
    }

    private static NewCall call(int index, boolean asks) {
        ObjectNode input = input(index);
        return new NewCall(
                id(index),
                "call-" + index,
                "work",
                false,
                input,
                asks
                        ? new NewCall.Gate.Ask(
                                new Call.Approval(
                                        "approval-" + index,
                                        InputHash.of(input),
                                        Duration.ofMinutes(5)),
                                "It is dear.")
                        : new NewCall.Gate.Open());
    }

    static CallId id(int index) {
        return new CallId(1, index);
    }

    static ObjectNode input(int index) {
        return Json.object().put("number", index);
    }

    static Approvals.Answer answer(int index, boolean approved) {
        return new Approvals.Answer("approval-" + index, input(index), approved, null);
    }

    Turn found(Turn turn) {
        return parts.turns().find(turn.id()).orElseThrow();
    }

    Call call(Turn turn, int index) {
        return parts.calls().find(turn.id(), id(index)).orElseThrow();
    }

    /** The status of the turn's stream. */
    String streamStatus(Turn turn) {
        return String.valueOf(parts.redis().hget("{" + turn.id() + "}:turn", "status"));
    }

    List<Chunk> chunks(Turn turn) {
        List<Chunk> chunks = new ArrayList<>();
        List<TurnStream.Entry> page = stream.read(turn.id(), 0);
        while (!page.isEmpty()) {
            page.forEach(entry -> chunks.add(ChunkJson.read(entry.chunk())));
            page = stream.read(turn.id(), chunks.size());
        }
        return chunks;
    }

    /** What a reader sees that has everything. */
    List<MessagePart> seen(Turn turn) {
        MessageFold fold = new MessageFold(turn.answerId());
        chunks(turn).forEach(fold::accept);
        return fold.stepParts();
    }

    MessagePart.Tool seen(Turn turn, int index) {
        return seen(turn).stream()
                .filter(MessagePart.Tool.class::isInstance)
                .map(MessagePart.Tool.class::cast)
                .filter(tool -> tool.toolCallId().equals("call-" + index))
                .findFirst()
                .orElseThrow();
    }

    /** What the record's answer will have. */
    List<MessagePart> recorded(Turn turn) {
        return parts.steps().result(turn.id(), 1).parts();
    }

    /** Redis forgets a turn. */
    void forget(Turn turn) {
        String tag = "{" + turn.id() + "}";
        parts.redis().del(tag + ":chunks", tag + ":turn", tag + ":subs");
    }
}
