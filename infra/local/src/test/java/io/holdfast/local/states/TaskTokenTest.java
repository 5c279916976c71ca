package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.local.states.FakeServices.Reply;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import software.amazon.awssdk.services.sfn.model.ExecutionStatus;
import software.amazon.awssdk.services.sfn.model.InvalidOutputException;
import software.amazon.awssdk.services.sfn.model.InvalidTokenException;
import software.amazon.awssdk.services.sfn.model.TaskDoesNotExistException;
import software.amazon.awssdk.services.sfn.model.TaskTimedOutException;

import java.time.Duration;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Tasks that wait for their token. */
final class TaskTokenTest {
    @RegisterExtension static final Stand STAND = new Stand();

    private final BlockingQueue<String> tokens = new LinkedBlockingQueue<>();

    @BeforeEach
    void collectTokens() {
        STAND.services.function(
                "collect",
                event -> {
                    tokens.add(event.path("token").textValue());
                    return Reply.ok("null");
                });
    }

    private static String machine(String rest) {
        String task =
                """
                "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                  "Arguments": {"FunctionName": "collect", "Payload": {"token": "{%% $states.context.Task.Token %%}"}}
                  %s, "End": true}
                """
                        .formatted(rest);
        String caught = ", \"Caught\": {\"Type\": \"Pass\", \"End\": true}";
        return Stand.machine(rest.contains("Caught") ? task + caught : task);
    }

    private String token() {
        try {
            String token = tokens.poll(10, TimeUnit.SECONDS);
            assertThat(token).isNotNull();
            return token;
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void succeed(String token, String output) {
        STAND.sfn.sendTaskSuccess(r -> r.taskToken(token).output(output));
    }

    @Test
    void aTaskWaitsForItsTokenAndTakesItsOutput() {
        String arn = STAND.start(machine(", \"Output\": \"{% $states.result.n + 1 %}\""), "{}");
        String token = token();
        STAND.awaitEvent(arn, "TaskSubmitted");
        assertThat(STAND.describe(arn).status()).isEqualTo(ExecutionStatus.RUNNING);

        succeed(token, "{\"n\":1}");

        assertThat(Stand.output(STAND.ended(arn)).intValue()).isEqualTo(2);
        assertThat(STAND.eventTypes(arn))
                .containsExactly(
                        "ExecutionStarted",
                        "TaskStateEntered",
                        "TaskScheduled",
                        "TaskStarted",
                        "TaskSubmitted",
                        "TaskSucceeded",
                        "TaskStateExited",
                        "ExecutionSucceeded");
    }

    @Test
    void aTokenMaySucceedBeforeItsCallIsAnswered() {
        var answer = STAND.services.hanging("unused");
        STAND.services.function(
                "collect",
                event -> {
                    tokens.add(event.path("token").textValue());
                    answer.await();
                    return Reply.ok("null");
                });
        String arn = STAND.start(machine(""), "{}");

        succeed(token(), "\"early\"");

        assertThat(Stand.output(STAND.ended(arn)).textValue()).isEqualTo("early");
        answer.countDown();
    }

    @Test
    void aTokenIsGoodOnce() {
        String arn = STAND.start(machine(""), "{}");
        String token = token();
        succeed(token, "1");
        STAND.ended(arn);

        assertThatThrownBy(() -> succeed(token, "2")).isInstanceOf(TaskTimedOutException.class);
        assertThatThrownBy(() -> STAND.sfn.sendTaskFailure(r -> r.taskToken(token)))
                .isInstanceOf(TaskTimedOutException.class);
        assertThatThrownBy(() -> STAND.sfn.sendTaskHeartbeat(r -> r.taskToken(token)))
                .isInstanceOf(TaskTimedOutException.class);
        assertThat(STAND.describe(arn).output()).isEqualTo("1");
    }

    @Test
    void aTokensFailureIsTheTasks() {
        String arn =
                STAND.start(
                        machine(", \"Catch\":[{\"ErrorEquals\":[\"Denied\"],\"Next\":\"Caught\"}]"),
                        "{}");
        String token = token();

        STAND.sfn.sendTaskFailure(r -> r.taskToken(token).error("Denied").cause("by hand"));

        assertThat(Stand.output(STAND.ended(arn)).toString())
                .isEqualTo("{\"Error\":\"Denied\",\"Cause\":\"by hand\"}");
    }

    @Test
    void aFailureThatNamesNoErrorIsCaughtByTheWildcard() {
        String arn =
                STAND.start(
                        machine(
                                ", \"Catch\":[{\"ErrorEquals\":[\"States.ALL\"],\"Next\":\"Caught\"}]"),
                        "{}");
        String token = token();

        STAND.sfn.sendTaskFailure(r -> r.taskToken(token));

        assertThat(STAND.ended(arn).status()).isEqualTo(ExecutionStatus.SUCCEEDED);
    }

    @Test
    void theTimeoutGoesOnWhileTheTokenIsAwaited() {
        String arn = STAND.start(machine(", \"TimeoutSeconds\": 604800"), "{}");
        String token = token();
        STAND.awaitEvent(arn, "TaskSubmitted");

        STAND.clock.advanceWhenSet(Duration.ofDays(7));

        assertThat(STAND.ended(arn).error()).isEqualTo("States.Timeout");
        assertThatThrownBy(() -> succeed(token, "1")).isInstanceOf(TaskTimedOutException.class);
    }

    @Test
    void heartbeatsPutTheirTimeoutOffButNotTheTasks() {
        String arn =
                STAND.start(
                        machine(
                                ", \"TimeoutSeconds\": 25, \"HeartbeatSeconds\": 10,"
                                    + " \"Catch\":[{\"ErrorEquals\":[\"States.HeartbeatTimeout\"],\"Next\":\"A\"},{\"ErrorEquals\":[\"States.Timeout\"],\"Next\":\"Caught\"}]"),
                        "{}");
        String token = token();
        STAND.awaitEvent(arn, "TaskSubmitted");
        for (int i = 0; i < 2; i++) {
            STAND.clock.advance(Duration.ofSeconds(9));
            STAND.sfn.sendTaskHeartbeat(r -> r.taskToken(token));
        }

        STAND.clock.advance(Duration.ofSeconds(7));

        assertThat(Stand.output(STAND.ended(arn)).path("Error").textValue())
                .isEqualTo("States.Timeout");
    }

    @Test
    void aMissedHeartbeatHasANameOfItsOwnInACatchAndIsATimeoutElsewhere() {
        String arn =
                STAND.start(
                        machine(
                                ", \"HeartbeatSeconds\": 10,"
                                    + " \"Catch\":[{\"ErrorEquals\":[\"States.HeartbeatTimeout\"],\"Next\":\"Caught\"}]"),
                        "{}");
        token();
        STAND.clock.advanceWhenSet(Duration.ofSeconds(10));
        assertThat(Stand.output(STAND.ended(arn)).path("Error").textValue())
                .isEqualTo("States.HeartbeatTimeout");

        String uncaught = STAND.start(machine(", \"HeartbeatSeconds\": 10"), "{}");
        token();
        STAND.clock.advanceWhenSet(Duration.ofSeconds(10));
        assertThat(STAND.ended(uncaught).error()).isEqualTo("States.Timeout");
        assertThat(STAND.eventTypes(uncaught)).contains("TaskTimedOut");
    }

    @Test
    void eachAttemptHasATokenOfItsOwn() {
        String arn =
                STAND.start(
                        machine(", \"Retry\":[{\"ErrorEquals\":[\"E\"],\"IntervalSeconds\":1}]"),
                        "{}");
        String first = token();
        STAND.sfn.sendTaskFailure(r -> r.taskToken(first).error("E"));
        STAND.clock.advanceWhenSet(Duration.ofSeconds(1));
        String second = token();

        assertThat(second).isNotEqualTo(first);
        assertThatThrownBy(() -> succeed(first, "1")).isInstanceOf(TaskTimedOutException.class);
        succeed(second, "2");
        assertThat(STAND.ended(arn).output()).isEqualTo("2");
    }

    @Test
    void aStoppedExecutionRefusesItsTokenAndStaysStopped() {
        String arn = STAND.start(machine(""), "{}");
        String token = token();
        STAND.awaitEvent(arn, "TaskSubmitted");

        STAND.sfn.stopExecution(r -> r.executionArn(arn).error("Enough").cause("by hand"));

        assertThatThrownBy(() -> succeed(token, "1")).isInstanceOf(TaskTimedOutException.class);
        assertThat(STAND.describe(arn).status()).isEqualTo(ExecutionStatus.ABORTED);
        assertThat(STAND.describe(arn).error()).isEqualTo("Enough");
        assertThat(STAND.eventTypes(arn)).endsWith("TaskSubmitted", "ExecutionAborted");
    }

    @Test
    void theCallsOwnFailureEndsTheTask() {
        STAND.services.function("collect", _ -> Reply.functionError("{\"errorType\":\"Broken\"}"));

        assertThat(STAND.run(machine(""), "{}").error()).isEqualTo("Broken");
    }

    @Test
    void whatIsNoTokenIsRefusedAsSuch() {
        assertThatThrownBy(() -> succeed("nonsense!", "1"))
                .isInstanceOf(InvalidTokenException.class);
        assertThatThrownBy(() -> succeed("AAAA", "1")).isInstanceOf(InvalidTokenException.class);
    }

    @Test
    void aTokenOfNoExecutionThatIsKnownIsNoTask() {
        STAND.start(machine(""), "{}");
        String known = token();
        Stand other = new Stand();

        assertThatThrownBy(() -> other.sfn.sendTaskSuccess(r -> r.taskToken(known).output("1")))
                .isInstanceOf(TaskDoesNotExistException.class);
        other.close();
    }

    @Test
    void anOutputThatIsNoJsonIsRefusedAndTheTaskWaitsOn() {
        String arn = STAND.start(machine(""), "{}");
        String token = token();

        assertThatThrownBy(() -> succeed(token, "{")).isInstanceOf(InvalidOutputException.class);

        succeed(token, "{}");
        assertThat(STAND.ended(arn).output()).isEqualTo("{}");
    }

    @Test
    void aMessageCarriesTheTokenToo() {
        String arn =
                STAND.start(
                        Stand.machine(
                                """
                                "A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
                                  "Arguments": {"QueueUrl": "http://q/ok",
                                    "MessageBody": {"token": "{% $states.context.Task.Token %}"}}, "End": true}
                                """),
                        "{}");
        STAND.awaitEvent(arn, "TaskSubmitted");
        JsonNode message = STAND.services.requests.getLast().body();
        String token =
                Stand.json(message.path("MessageBody").textValue()).path("token").textValue();

        succeed(token, "\"sent\"");

        assertThat(STAND.ended(arn).output()).isEqualTo("\"sent\"");
    }
}
