package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.local.states.FakeServices.Reply;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import software.amazon.awssdk.services.sfn.model.ExecutionStatus;
import software.amazon.awssdk.services.sfn.model.TaskTimedOutException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The flow of an operation, from its own definition: it asks for the work, waits for the service's
 * word, and records a failure if that does not come or says so.
 */
@Timeout(60)
final class OperationFlowTest {
    @RegisterExtension static final Stand STAND = new Stand();

    private static final Duration HEARTBEAT = Duration.ofMinutes(5);
    private static final Duration TIMEOUT = Duration.ofHours(2);
    private static final String INPUT =
            """
            {"operationId": "op-12345678", "turnId": "t-1", "step": 2, "index": 1,
             "heartbeat": 300, "timeout": 7200}
            """;

    private static String unwired;

    /** What cancels is another machine of the same definition, for its executions' names. */
    private String definition = "";

    private final BlockingQueue<JsonNode> starts = new LinkedBlockingQueue<>();
    private final List<JsonNode> failures = new CopyOnWriteArrayList<>();

    /** How often the function breaks before it works, by its action. */
    private final AtomicInteger brokenStarts = new AtomicInteger();

    private final AtomicInteger brokenFailures = new AtomicInteger();
    private final BlockingQueue<JsonNode> cancels = new LinkedBlockingQueue<>();
    private final AtomicInteger brokenCancels = new AtomicInteger();

    @BeforeAll
    static void read() throws Exception {
        // The tests run in this module's directory.
        unwired =
                Files.readString(Path.of("../statemachines/operation.asl.json"))
                        .replace(
                                "${OperationFunctionArn}",
                                "arn:aws:lambda:eu-central-1:000000000000:function:operation");
    }

    @BeforeEach
    void function() {
        STAND.services.function("operation", this::operation);
        definition = unwired.replace("${OperationMachineArn}", STAND.create(unwired));
    }

    private Reply operation(JsonNode event) {
        switch (event.path("action").asText()) {
            case "start" -> {
                if (brokenStarts.getAndDecrement() > 0) {
                    return broken();
                }
                starts.add(event);
            }
            case "fail" -> {
                if (brokenFailures.getAndDecrement() > 0) {
                    return broken();
                }
                failures.add(event);
            }
            case "cancel" -> {
                if (brokenCancels.getAndDecrement() > 0) {
                    return broken();
                }
                cancels.add(event);
            }
            default -> throw new AssertionError(event);
        }
        return Reply.ok("null");
    }

    private static Reply broken() {
        return Reply.functionError("{\"errorType\":\"java.lang.IllegalStateException\"}");
    }

    private String start() {
        return STAND.start(definition, INPUT);
    }

    /** The token of the next start. */
    private String token() throws InterruptedException {
        JsonNode start = starts.poll(10, TimeUnit.SECONDS);
        assertThat(start).as("the function was not asked to start the work").isNotNull();
        return start.path("taskToken").textValue();
    }

    private void assertFailed(String arn, String kind) {
        assertThat(Stand.output(STAND.ended(arn))).isEqualTo(Stand.json("{}"));
        assertThat(failures)
                .containsExactly(
                        Stand.json(
                                """
                                {"action": "fail", "operationId": "op-12345678", "turnId": "t-1",
                                 "step": 2, "index": 1, "kind": "%s"}
                                """
                                        .formatted(kind)));
    }

    private static void complete(String token) {
        STAND.sfn.sendTaskSuccess(r -> r.taskToken(token).output("{\"large\":true}"));
    }

    /** Lets time pass until the execution has gone on. */
    private static void passWhile(String arn, Duration step) {
        await().pollInterval(Duration.ofMillis(5))
                .until(
                        () -> {
                            STAND.clock.advance(step);
                            return STAND.engine.execution(arn).closed.isDone();
                        });
    }

    @Test
    void isDoneWhenTheServiceSaysSo() throws Exception {
        String arn = start();
        JsonNode start = starts.poll(10, TimeUnit.SECONDS);
        String token = start.path("taskToken").textValue();
        assertThat(start)
                .isEqualTo(
                        Stand.json(
                                """
                                {"action": "start", "operationId": "op-12345678", "turnId": "t-1",
                                 "step": 2, "index": 1, "taskToken": "%s"}
                                """
                                        .formatted(token)));

        complete(token);

        assertThat(Stand.output(STAND.ended(arn))).isEqualTo(Stand.json("{}"));
        assertThat(failures).isEmpty();
        assertThatThrownBy(() -> complete(token)).isInstanceOf(TaskTimedOutException.class);
    }

    @Test
    void goesOnAsLongAsItHearsOfProgress() throws Exception {
        String arn = start();
        String token = token();
        STAND.awaitEvent(arn, "TaskSubmitted");
        for (int i = 0; i < 4; i++) {
            STAND.clock.advance(HEARTBEAT.minusSeconds(1));
            STAND.sfn.sendTaskHeartbeat(r -> r.taskToken(token));
        }
        assertThat(STAND.describe(arn).status()).isEqualTo(ExecutionStatus.RUNNING);

        complete(token);

        assertThat(Stand.output(STAND.ended(arn))).isEqualTo(Stand.json("{}"));
        assertThat(failures).isEmpty();
    }

    @Test
    void waitsAWeekForAServiceThatMayBeSilentForSoLong() throws Exception {
        String arn =
                STAND.start(
                        definition,
                        """
                        {"operationId": "op-12345678", "turnId": "t-1", "step": 2, "index": 1,
                         "heartbeat": 691200, "timeout": 2592000}
                        """);
        String token = token();
        STAND.awaitEvent(arn, "TaskSubmitted");
        STAND.clock.advance(Duration.ofDays(7));
        STAND.sfn.sendTaskHeartbeat(r -> r.taskToken(token));
        STAND.clock.advance(Duration.ofDays(7));
        assertThat(STAND.describe(arn).status()).isEqualTo(ExecutionStatus.RUNNING);

        complete(token);

        assertThat(Stand.output(STAND.ended(arn))).isEqualTo(Stand.json("{}"));
        assertThat(failures).isEmpty();
    }

    @Test
    void hasTheServiceToldWhenItsTimeIsUp() throws Exception {
        brokenCancels.set(3);
        String arn = start();
        var _ = token();
        STAND.awaitEvent(arn, "TaskSubmitted");

        STAND.clock.advance(HEARTBEAT);

        assertFailed(arn, "timeout");
        assertThat(cancelled()).isEqualTo(CANCEL);
    }

    @Test
    void aCancelIsTriedAgainUntilTheServiceHears() throws Exception {
        brokenCancels.set(5);
        String arn =
                STAND.start(
                        definition,
                        """
                        {"operationId": "op-12345678", "turnId": "t-1", "step": 2, "index": 1,
                         "cancel": true}
                        """);

        assertThat(cancelled()).isEqualTo(CANCEL);

        assertThat(Stand.output(STAND.ended(arn))).isEqualTo(Stand.json("{}"));
        assertThat(starts).isEmpty();
        assertThat(failures).isEmpty();
    }

    private static final JsonNode CANCEL =
            Stand.json(
                    """
                    {"action": "cancel", "operationId": "op-12345678", "turnId": "t-1",
                     "step": 2, "index": 1}
                    """);

    /** Lets time pass until the service has been told. */
    private JsonNode cancelled() {
        await().pollInterval(Duration.ofMillis(5))
                .until(
                        () -> {
                            STAND.clock.advance(Duration.ofSeconds(10));
                            return !cancels.isEmpty();
                        });
        return cancels.remove();
    }

    @Test
    void timesOutWhenTheServiceIsSilent() throws Exception {
        String arn = start();
        String token = token();
        STAND.awaitEvent(arn, "TaskSubmitted");

        STAND.clock.advance(HEARTBEAT);

        assertFailed(arn, "timeout");
        assertThat(starts).as("begun again").isEmpty();
        assertThatThrownBy(() -> complete(token)).isInstanceOf(TaskTimedOutException.class);
    }

    @Test
    void timesOutWhenTheWorkTakesTooLongThoughTheServiceIsAlive() throws Exception {
        String arn = start();
        String token = token();
        STAND.awaitEvent(arn, "TaskSubmitted");
        Duration beat = Duration.ofMinutes(4);
        for (Duration at = beat; at.compareTo(TIMEOUT) < 0; at = at.plus(beat)) {
            STAND.clock.advance(beat);
            STAND.sfn.sendTaskHeartbeat(r -> r.taskToken(token));
        }
        assertThat(STAND.describe(arn).status()).isEqualTo(ExecutionStatus.RUNNING);

        STAND.clock.advance(beat);

        assertFailed(arn, "timeout");
        assertThat(starts).as("begun again").isEmpty();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "timeout",
                "rate_limited",
                "validation",
                "unreachable",
                "rejected",
                "cancelled",
                "unknown"
            })
    void recordsTheKindOfFailureThatIsReported(String kind) throws Exception {
        String arn = start();
        String token = token();

        STAND.sfn.sendTaskFailure(r -> r.taskToken(token).error("Operation." + kind).cause("…"));

        assertFailed(arn, kind);
        assertThat(starts).as("begun again").isEmpty();
    }

    @Test
    void startsAgainUnderANewTokenWhenTheFunctionBreaks() throws Exception {
        brokenStarts.set(2);
        String arn = start();
        await().pollInterval(Duration.ofMillis(5))
                .until(
                        () -> {
                            STAND.clock.advance(Duration.ofSeconds(1));
                            return !starts.isEmpty();
                        });

        complete(token());

        assertThat(Stand.output(STAND.ended(arn))).isEqualTo(Stand.json("{}"));
        assertThat(failures).isEmpty();
        assertThat(STAND.eventTypes(arn)).filteredOn("TaskFailed"::equals).hasSize(2);
    }

    @Test
    void failsWhenTheFunctionBreaksEveryTime() {
        brokenStarts.set(Integer.MAX_VALUE);
        brokenFailures.set(2);
        String arn = start();

        passWhile(arn, Duration.ofSeconds(1));

        assertFailed(arn, "unknown");
    }

    @Test
    void endsAtOnceWhenItIsStopped() throws Exception {
        String arn = start();
        String token = token();
        STAND.awaitEvent(arn, "TaskSubmitted");

        STAND.sfn.stopExecution(r -> r.executionArn(arn).error("cancelled"));

        assertThat(STAND.ended(arn).status()).isEqualTo(ExecutionStatus.ABORTED);
        assertThatThrownBy(() -> complete(token)).isInstanceOf(TaskTimedOutException.class);
        assertThatThrownBy(() -> STAND.sfn.sendTaskHeartbeat(r -> r.taskToken(token)))
                .isInstanceOf(TaskTimedOutException.class);
        assertThat(failures).isEmpty();
    }
}
