package io.holdfast.operation;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.CatalogReader;
import io.holdfast.assistant.Wish;
import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.chunk.UiMessageJson;
import io.holdfast.local.LocalSystem;
import io.holdfast.local.TestSystems;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.Ids;
import io.holdfast.platform.Item;
import io.holdfast.platform.Json;
import io.holdfast.platform.MessageId;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.Pause;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;
import io.holdfast.session.Session;
import io.holdfast.session.SessionStore;
import io.holdfast.stream.TurnStream;
import io.holdfast.tool.ToolClients;
import io.holdfast.tool.Toolbox;
import io.holdfast.turn.Begun;
import io.holdfast.turn.CallId;
import io.holdfast.turn.Caller;
import io.holdfast.turn.Operations;
import io.holdfast.turn.Turn;
import io.holdfast.turn.TurnInput;
import io.holdfast.turn.TurnStarter;

import software.amazon.awssdk.services.sfn.SfnClient;
import software.amazon.awssdk.services.sfn.model.ExecutionStatus;
import software.amazon.awssdk.services.sfn.model.StateMachineListItem;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/** A running system, and work that its sample service has taken and says nothing of. */
final class OperationScenes implements AutoCloseable {
    static final String AWAITED = "research";
    static final String DETACHED = "build_report";
    private static final UserId ALICE = new UserId("alice");
    private static final AtomicInteger WORKS = new AtomicInteger();

    private final Ids ids = new Ids(new SecureRandom());
    private final LocalSystem system = TestSystems.startUnswept();
    private final Catalog catalog;
    private final Toolbox toolbox;
    private final SfnClient stepFunctions;
    private final String turnMachine;
    private final String operationMachine;
    final Wire wire;

    /** Those that the system's functions have. */
    final OperationParts parts;

    /** Those of a function behind the wire. */
    final OperationParts wired;

    OperationScenes() {
        try {
            wire =
                    new Wire(
                            Map.of(
                                    "DynamoDB_20120810", endpoint("dynamodb"),
                                    "AWSStepFunctions", endpoint("states")));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        AwsClients aws = aws(endpoint("dynamodb"), endpoint("states"));
        stepFunctions = aws.stepFunctions();
        turnMachine = machine("turn");
        operationMachine = machine("operation");
        Map<String, String> environment =
                Map.of(
                        "TABLE_NAME", aws.dynamoDb().listTables().tableNames().getFirst(),
                        "REDIS_URL", endpoint("cache").toString(),
                        "CONNECTIONS_URL", endpoint("connections").toString(),
                        "TURN_MACHINE_ARN", turnMachine,
                        "OPERATION_MACHINE_ARN", operationMachine);
        parts = OperationParts.from(environment, aws);
        wired = OperationParts.from(environment, aws(wire.url(), wire.url()));
        catalog =
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
                          research:
                            kind: http
                            url: "%1$s"
                            description: Looks into it.
                            allowPrivateAddresses: true
                            operation: { mode: await, heartbeat: 60s, timeout: 60s }
                            input: { type: object }
                          build_report:
                            kind: http
                            url: "%1$s"
                            description: Builds it.
                            allowPrivateAddresses: true
                            operation: { mode: detach, heartbeat: 60s, timeout: 60s }
                            input: { type: object }
                        """
                                .formatted(system.url().resolve("/local/service/operations")),
                        Map.of());
        toolbox =
                new Toolbox(
                        catalog,
                        new ToolClients(
                                aws.lambdaForTools(),
                                reference -> "",
                                parts.turns().table(),
                                List.of(),
                                List.of(),
                                parts.turns().clock(),
                                Pause.REAL,
                                new SecureRandom()));
    }

    private static AwsClients aws(URI dynamoDb, URI states) {
        return new AwsClients(
                TestSystems.environment(Map.of("dynamodb", dynamoDb, "states", states)));
    }

    private String machine(String name) {
        return stepFunctions.listStateMachines().stateMachines().stream()
                .filter(machine -> machine.name().toLowerCase(Locale.ROOT).contains(name))
                .map(StateMachineListItem::stateMachineArn)
                .findFirst()
                .orElseThrow();
    }

    private URI endpoint(String service) {
        return Objects.requireNonNull(system.endpoints().get(service), service);
    }

    @Override
    public void close() {
        parts.turns().redis().close();
        wired.turns().redis().close();
        wire.close();
        system.close();
    }

    // Those who work on operations

    /** A consumer takes a message; the same again is the same delivery. */
    void take(OperationParts some, ObjectNode message) {
        try {
            new Completions(some, completer(some))
                    .take(message.deepCopy(), "message-" + message.hashCode(), WITHIN);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private OperationCompleter completer(OperationParts some) {
        return new OperationCompleter(some, toolbox);
    }

    /** Ends operations, and wakes nobody. */
    OperationEnder quiet() {
        SfnClient deaf =
                (SfnClient)
                        Proxy.newProxyInstance(
                                SfnClient.class.getClassLoader(),
                                new Class<?>[] {SfnClient.class},
                                (proxy, method, arguments) -> null);
        return new OperationEnder(
                parts.store(),
                parts.calls(),
                parts.news(),
                deaf,
                parts.turns().clock(),
                Pause.REAL);
    }

    OperationRunner runner(OperationParts some) {
        return new OperationRunner(
                some, catalog, toolbox, completer(some), notice(some), system.url(), null);
    }

    ServiceNotice notice(OperationParts some) {
        return new ServiceNotice(some, catalog, toolbox);
    }

    Continuer continuer() {
        return new Continuer(parts, starter());
    }

    private TurnStarter starter() {
        return parts.turns().starter(catalog);
    }

    void cancel(Turn turn) {
        var _ = parts.turns().canceller().cancel(turn, WITHIN);
    }

    static final Duration WITHIN = Duration.ofSeconds(10);

    // Turns

    /** Work that nobody else has begun. */
    static String use(String tool) {
        return use(tool, "work-" + WORKS.incrementAndGet());
    }

    static String use(String tool, String label) {
        return "use %s {\"ms\":1,\"outcome\":\"silent\",\"label\":\"%s\"}".formatted(tool, label);
    }

    SessionId session() {
        return new SessionId(ids.next("session"));
    }

    /** A turn that runs. */
    Turn says(SessionId session, TurnInput input) {
        Begun begun =
                starter()
                        .begin(
                                new Caller(ALICE, Set.of()),
                                session,
                                input,
                                Wish.NONE,
                                new RequestId(ids.next("request")));
        if (begun instanceof Begun.Started(Turn turn)) {
            starter().start(turn);
            return turn;
        }
        throw new AssertionError("not begun: " + begun);
    }

    Turn says(SessionId session, String text) {
        return says(session, new TurnInput.Message(message(ids.next("message"), text)));
    }

    static UiMessage message(String id, String text) {
        return new UiMessage(
                new MessageId(id), UiMessage.Role.USER, List.of(new MessagePart.Text(text)), null);
    }

    /** Cancels an operation for its owner. */
    boolean cancel(OperationParts some, Operation operation) {
        return new OperationCanceller(some.ender(), some.turns().operationMachine())
                .cancel(operation);
    }

    /** Forgets a turn and its conversation, as if somebody had deleted them. */
    void forget(Turn turn) {
        for (String pk : List.of("TURN#" + turn.id(), "SESSION#" + turn.session())) {
            parts.turns()
                    .table()
                    .query(pk, "A", "Z", true, 100, null)
                    .items()
                    .forEach(item -> parts.turns().table().delete(pk, item.text("sk")));
        }
    }

    /** What the operations of a session look like, the newest first. */
    List<ObjectNode> listed(SessionId session) {
        return parts.reader().list(session, 100, null).items();
    }

    void awaitListed(SessionId session) {
        await().pollInterval(Duration.ofMillis(20))
                .atMost(WITHIN)
                .until(() -> !listed(session).isEmpty());
    }

    /** The only operation of a session. */
    Operation only(SessionId session) {
        String id = listed(session).getFirst().path("operationId").textValue();
        return operation(new OperationId(id));
    }

    /** What came too late. */
    List<String> late(Operation operation) {
        List<String> late = new ArrayList<>();
        parts.reader()
                .viewWithLate(operation(operation.id()))
                .path("late")
                .forEach(one -> late.add(one.path("what").textValue()));
        return late;
    }

    /** What a turn's calls of tools have come to, as readers see it. */
    List<JsonNode> results(Turn turn) {
        return answer(turn).parts().stream()
                .filter(MessagePart.Tool.class::isInstance)
                .map(part -> ((MessagePart.Tool) part).output())
                .toList();
    }

    /** Work of a tool that the service has taken. */
    Operation taken(String tool) {
        return taken(says(session(), use(tool)), 0);
    }

    /**
     * Several of them, each of a turn of its own; begun at once, for the service's time is short.
     */
    List<Operation> taken(String tool, int count) {
        List<Turn> turns = new ArrayList<>();
        for (int turn = 0; turn < count; turn++) {
            turns.add(says(session(), use(tool)));
        }
        return turns.stream().map(turn -> taken(turn, 0)).toList();
    }

    /** Work that is in the record of its turn alone, as its step has left it. */
    Operation neverBegun(Turn turn) {
        parts.turns()
                .table()
                .put(
                        Item.at("TURN#" + turn.id(), "CALL#0001#00")
                                .text("toolCallId", "call-0")
                                .text("tool", DETACHED)
                                .text("input", "{}")
                                .text("mode", "detach")
                                .number("heartbeat", 3)
                                .number("timeout", 60)
                                .number("attempts", 1));
        CallId call = new CallId(1, 0);
        return new Operation(
                Operations.id(turn.id(), call),
                turn.id(),
                call,
                "call-0",
                turn.session(),
                turn.user(),
                DETACHED,
                true,
                turn.createdAt(),
                null,
                null,
                "",
                null);
    }

    Operation taken(Turn turn, int index) {
        OperationId id = Operations.id(turn.id(), new CallId(1, index));
        await().pollInterval(Duration.ofMillis(20))
                .atMost(WITHIN)
                .until(() -> parts.store().find(id).isPresent());
        return operation(id);
    }

    Operation operation(OperationId id) {
        return parts.store().find(id).orElseThrow();
    }

    Turn turn(TurnId id) {
        return parts.turns().turns().find(id).orElseThrow();
    }

    Turn ended(TurnId id) {
        await().pollInterval(Duration.ofMillis(20))
                .atMost(WITHIN)
                // The record ends first, and then the stream.
                .until(
                        () ->
                                turn(id).status().isFinal()
                                        && chunks(id).getLast() instanceof Chunk.Finish);
        return turn(id);
    }

    void awaitEndOf(OperationId id) {
        awaitEndOf(id.value());
    }

    /** Waits until an execution of the operation's machine has done all that it had to do. */
    void awaitEndOf(String name) {
        String arn = operationMachine.replace(":stateMachine:", ":execution:") + ":" + name;
        await().pollInterval(Duration.ofMillis(20))
                .atMost(WITHIN)
                .until(
                        () ->
                                stepFunctions
                                                .describeExecution(
                                                        request -> request.executionArn(arn))
                                                .status()
                                        == ExecutionStatus.SUCCEEDED);
    }

    List<Chunk> chunks(TurnId turn) {
        TurnStream stream = parts.turns().delivery().stream();
        List<Chunk> chunks = new ArrayList<>();
        List<TurnStream.Entry> page = stream.read(turn, 0);
        while (!page.isEmpty()) {
            page.forEach(entry -> chunks.add(ChunkJson.read(entry.chunk())));
            page = stream.read(turn, chunks.size());
        }
        return chunks;
    }

    /** How many answers the work of a conversation has got when all of it is said. */
    long continuations(SessionId session) {
        await().pollInterval(Duration.ofMillis(20))
                .atMost(WITHIN)
                .until(() -> stored(session).activeTurn() == null);
        Session stored = stored(session);
        return parts.turns().messages().before(stored, stored.next(), 100, 1_000_000).stream()
                .map(message -> UiMessageJson.write(message.message()).toString())
                .filter(message -> message.contains("The work of the tool"))
                .count();
    }

    private Session stored(SessionId session) {
        return switch (parts.turns()
                .sessions()
                .find(session, ALICE, parts.turns().clock().instant())) {
            case SessionStore.Access.Granted(Session found) -> found;
            case SessionStore.Access.Absent absent -> throw new AssertionError(absent);
            case SessionStore.Access.Foreign foreign -> throw new AssertionError(foreign);
        };
    }

    /** Waits until what a reader sees last of the first call is this. */
    void awaitLast(Turn turn, Predicate<Chunk.ToolOutputAvailable> wanted) {
        await().pollInterval(Duration.ofMillis(20))
                .atMost(WITHIN)
                .until(
                        () -> {
                            List<Chunk> chunks = chunks(turn.id());
                            String first =
                                    chunks.stream()
                                            .filter(Chunk.ToolInputAvailable.class::isInstance)
                                            .map(Chunk.ToolInputAvailable.class::cast)
                                            .findFirst()
                                            .orElseThrow()
                                            .toolCallId();
                            return chunks.stream()
                                    .filter(Chunk.ToolOutputAvailable.class::isInstance)
                                    .map(Chunk.ToolOutputAvailable.class::cast)
                                    .filter(output -> output.toolCallId().equals(first))
                                    .reduce((earlier, later) -> later)
                                    .filter(wanted)
                                    .isPresent();
                        });
    }

    /** How many items hold a turn's answer. */
    int slices(Turn turn) {
        return parts.turns()
                .table()
                .all("SESSION#" + turn.session(), "MESSAGE#%012d".formatted(turn.answerPosition()))
                .size();
    }

    UiMessage answer(Turn turn) {
        return parts.turns().messages().find(turn.session(), turn.answerPosition()).orElseThrow();
    }

    static ObjectNode done(Operation operation, String result) {
        return Json.object()
                .put("operationId", operation.id().value())
                .put("success", true)
                .set("result", Json.object().put("report", result));
    }

    static ObjectNode failed(Operation operation, String message) {
        ObjectNode failed =
                Json.object().put("operationId", operation.id().value()).put("success", false);
        failed.putObject("error").put("message", message).put("kind", "rejected");
        return failed;
    }
}
