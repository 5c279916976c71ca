package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.local.states.FakeServices.Reply;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import software.amazon.awssdk.services.sfn.model.DescribeExecutionResponse;
import software.amazon.awssdk.services.sfn.model.ExecutionStatus;

import java.time.Duration;

/** Tasks that start executions. */
final class NestedExecutionTest {
    @RegisterExtension static final Stand STAND = new Stand();

    private static String parent(String pattern, String child, String rest) {
        return Stand.machine(
                """
                "A": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution%s",
                  "Arguments": {"StateMachineArn": "%s", "Input": {"n": "{%% $states.input.n %%}"}}, "End": true %s}
                """
                        .formatted(pattern, child, rest));
    }

    private static String child(String states) {
        return STAND.create(Stand.machine(states));
    }

    @Test
    void withoutAPatternTheTaskEndsWhenTheExecutionHasStarted() {
        String child = child("\"A\":{\"Type\":\"Wait\",\"Seconds\":600,\"End\":true}");

        JsonNode output = STAND.output(parent("", child, ""), "{\"n\":1}");

        assertThat(output.path("StartDate").isNumber()).isTrue();
        DescribeExecutionResponse started = STAND.describe(output.path("ExecutionArn").textValue());
        assertThat(started.status()).isEqualTo(ExecutionStatus.RUNNING);
        assertThat(started.input()).isEqualTo("{\"n\":1}");
    }

    @Test
    void sync2WaitsForTheExecutionAndHasItsOutputAsJson() {
        String child =
                child(
                        "\"A\":{\"Type\":\"Wait\",\"Seconds\":60,\"Next\":\"B\"},\"B\":{\"Type\":\"Pass\",\"Output\":{\"m\":\"{%"
                            + " $states.input.n + 1 %}\"},\"End\":true}");
        String arn = STAND.start(parent(".sync:2", child, ""), "{\"n\":1}");
        STAND.awaitEvent(arn, "TaskSubmitted");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(60));

        JsonNode output = Stand.output(STAND.ended(arn));
        assertThat(output.path("Output").toString()).isEqualTo("{\"m\":2}");
        assertThat(output.path("Input").toString()).isEqualTo("{\"n\":1}");
        assertThat(output.path("Status").textValue()).isEqualTo("SUCCEEDED");
        assertThat(output.path("StateMachineArn").textValue()).isEqualTo(child);
    }

    @Test
    void syncHasTheOutputAsAString() {
        String child = child("\"A\":{\"Type\":\"Pass\",\"End\":true}");

        assertThat(STAND.output(parent(".sync", child, ""), "{\"n\":1}").path("Output").textValue())
                .isEqualTo("{\"n\":1}");
    }

    @Test
    void aChildThatFailsFailsTheTaskAndItsCauseDescribesTheChild() {
        String child = child("\"A\":{\"Type\":\"Fail\",\"Error\":\"Inner\",\"Cause\":\"why\"}");

        DescribeExecutionResponse execution = STAND.run(parent(".sync:2", child, ""), "{\"n\":1}");

        assertThat(execution.error()).isEqualTo("States.TaskFailed");
        JsonNode cause = Stand.json(execution.cause());
        assertThat(cause.path("Error").textValue()).isEqualTo("Inner");
        assertThat(cause.path("Cause").textValue()).isEqualTo("why");
        assertThat(cause.path("Status").textValue()).isEqualTo("FAILED");
        assertThat(cause.path("Input").textValue()).isEqualTo("{\"n\":1}");
    }

    @Test
    void aChildThatIsStoppedFailsTheTaskAndCanBeCaught() {
        String child = child("\"A\":{\"Type\":\"Wait\",\"Seconds\":600,\"End\":true}");
        String arn =
                STAND.start(
                        Stand.machine(
                                """
                                "A": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
                                  "Arguments": {"StateMachineArn": "%s", "Name": "stopped-child"},
                                  "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "B",
                                    "Output": "{%% $parse($states.errorOutput.Cause).Status %%}"}], "End": true},
                                "B": {"Type": "Pass", "End": true}
                                """
                                        .formatted(child)),
                        "{}");
        STAND.awaitEvent(arn, "TaskSubmitted");

        STAND.sfn.stopExecution(
                r -> r.executionArn(child.replace("stateMachine", "execution") + ":stopped-child"));

        assertThat(Stand.output(STAND.ended(arn)).textValue()).isEqualTo("ABORTED");
    }

    @Test
    void aParentThatIsStoppedOrTimesOutStopsTheChildThatItWaitsFor() {
        String child = child("\"A\":{\"Type\":\"Wait\",\"Seconds\":600,\"End\":true}");
        String stopped = STAND.start(parent(".sync:2", child, ""), "{\"n\":1}");
        String timedOut =
                STAND.start(parent(".sync:2", child, ", \"TimeoutSeconds\": 7"), "{\"n\":2}");
        STAND.awaitEvent(stopped, "TaskSubmitted");
        STAND.awaitEvent(timedOut, "TaskSubmitted");

        STAND.sfn.stopExecution(r -> r.executionArn(stopped));
        STAND.clock.advanceWhenSet(Duration.ofSeconds(7));

        assertThat(STAND.ended(timedOut).error()).isEqualTo("States.Timeout");
        for (var execution : STAND.engine.executions(child)) {
            assertThat(STAND.ended(execution.arn).status()).isEqualTo(ExecutionStatus.ABORTED);
        }
    }

    @Test
    void aMachineThatDoesNotExistIsAnErrorOfTheService() {
        assertThat(
                        STAND.run(
                                        parent(
                                                "",
                                                "arn:aws:states:eu-central-1:000000000000:stateMachine:none",
                                                ""),
                                        "{\"n\":1}")
                                .error())
                .isEqualTo("StepFunctions.StateMachineDoesNotExistException");
    }

    @Test
    void aNameIsUsedOnce() {
        String child = child("\"A\":{\"Type\":\"Pass\",\"End\":true}");
        String definition =
                Stand.machine(
                        """
                        "A": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.sync:2",
                          "Arguments": {"StateMachineArn": "%s", "Name": "same"}, "End": true}
                        """
                                .formatted(child));

        assertThat(STAND.run(definition, "{}").status()).isEqualTo(ExecutionStatus.SUCCEEDED);
        assertThat(STAND.run(definition, "{}").error())
                .isEqualTo("StepFunctions.ExecutionAlreadyExistsException");
    }

    @Test
    void aTokenMayBeHandedToTheChild() {
        STAND.services.function("answer", Reply::okOf);
        String child = child("\"A\":{\"Type\":\"Pass\",\"End\":true}");
        String arn =
                STAND.start(
                        Stand.machine(
                                """
                                "A": {"Type": "Task", "Resource": "arn:aws:states:::states:startExecution.waitForTaskToken",
                                  "Arguments": {"StateMachineArn": "%s", "Name": "with-token",
                                    "Input": {"token": "{%% $states.context.Task.Token %%}"}}, "End": true}
                                """
                                        .formatted(child)),
                        "{}");
        STAND.awaitEvent(arn, "TaskSubmitted");
        String childArn = child.replace("stateMachine", "execution") + ":with-token";
        String token = Stand.output(STAND.ended(childArn)).path("token").textValue();

        STAND.sfn.sendTaskSuccess(r -> r.taskToken(token).output("42"));

        assertThat(STAND.ended(arn).output()).isEqualTo("42");
    }
}
