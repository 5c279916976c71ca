package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.local.states.FakeServices.Reply;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import software.amazon.awssdk.services.sfn.model.DescribeExecutionResponse;
import software.amazon.awssdk.services.sfn.model.ExecutionStatus;

import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** Retry, Catch and the errors that they match. */
final class RecoveryTest {
    @RegisterExtension static final Stand STAND = new Stand();

    private final AtomicInteger calls = new AtomicInteger();

    /** A function that fails with these errors in turn, then answers how often it was called. */
    private void failing(String name, String... errors) {
        STAND.services.function(
                name,
                _ -> {
                    int call = calls.getAndIncrement();
                    return call < errors.length
                            ? Reply.functionError(
                                    "{\"errorType\":\""
                                            + errors[call]
                                            + "\",\"errorMessage\":\"m\"}")
                            : Reply.ok("" + (call + 1));
                });
    }

    private static String task(String function, String rest) {
        return """
        "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
          "Arguments": {"FunctionName": "%s"}, "Output": "{%% $states.result.Payload %%}",
          "End": true, %s}
        """
                .formatted(function, rest);
    }

    private static final String CAUGHT = ", \"Caught\": {\"Type\": \"Pass\", \"End\": true}";

    @Test
    void aRetrierWaitsLongerEachTime() {
        failing("backoff", "E", "E", "E");
        String arn =
                STAND.start(
                        Stand.machine(
                                task(
                                        "backoff",
                                        "\"Retry\":[{\"ErrorEquals\":[\"E\"],\"IntervalSeconds\":3,\"BackoffRate\":1.5,\"MaxAttempts\":3}]")),
                        "{}");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(3));
        STAND.clock.advanceWhenSet(Duration.ofMillis(4500));
        STAND.clock.advanceWhenSet(Duration.ofMillis(6750));

        assertThat(Stand.output(STAND.ended(arn)).intValue()).isEqualTo(4);
    }

    @Test
    void theDefaultsAreThreeAttemptsAfterOneTwoAndFourSeconds() {
        failing("defaults", "E", "E", "E", "E");
        String arn =
                STAND.start(
                        Stand.machine(
                                task("defaults", "\"Retry\":[{\"ErrorEquals\":[\"States.ALL\"]}]")),
                        "{}");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(1));
        STAND.clock.advanceWhenSet(Duration.ofSeconds(2));
        STAND.clock.advanceWhenSet(Duration.ofSeconds(4));

        assertThat(STAND.ended(arn).error()).isEqualTo("E");
        assertThat(calls).hasValue(4);
    }

    @Test
    void aDelayIsNeverLongerThanItsMaximum() {
        failing("capped", "E", "E", "E");
        String arn =
                STAND.start(
                        Stand.machine(
                                task(
                                        "capped",
                                        "\"Retry\":[{\"ErrorEquals\":[\"E\"],\"IntervalSeconds\":10,\"BackoffRate\":10,\"MaxDelaySeconds\":15}]")),
                        "{}");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(10));
        STAND.clock.advanceWhenSet(Duration.ofSeconds(15));
        STAND.clock.advanceWhenSet(Duration.ofSeconds(15));

        assertThat(Stand.output(STAND.ended(arn)).intValue()).isEqualTo(4);
    }

    @Test
    void fullJitterDrawsTheDelayBetweenNothingAndItsLength() {
        Stand stand = new Stand(); // Its chance is drawn from a seed of its own.
        stand.services.function("jitter", _ -> Reply.functionError("{\"errorType\":\"E\"}"));
        String arn =
                stand.start(
                        Stand.machine(
                                task(
                                        "jitter",
                                        "\"Retry\":[{\"ErrorEquals\":[\"E\"],\"IntervalSeconds\":100,\"BackoffRate\":2,\"MaxAttempts\":2,\"JitterStrategy\":\"FULL\"}]")),
                        "{}");
        Random same = new Random(7);

        stand.clock.advanceWhenSet(Duration.ofMillis(Math.round(same.nextDouble() * 100_000)));
        stand.clock.advanceWhenSet(Duration.ofMillis(Math.round(same.nextDouble() * 200_000)));

        assertThat(stand.ended(arn).error()).isEqualTo("E");
        stand.close();
    }

    @Test
    void noAttemptsAreNoRetry() {
        failing("never", "E");

        assertThat(
                        STAND.run(
                                        Stand.machine(
                                                task(
                                                        "never",
                                                        "\"Retry\":[{\"ErrorEquals\":[\"E\"],\"MaxAttempts\":0},{\"ErrorEquals\":[\"States.ALL\"]}]")),
                                        "{}")
                                .error())
                .isEqualTo("E");
        assertThat(calls).hasValue(1);
    }

    @Test
    void eachRetrierCountsItsOwnAttemptsAndAUsedUpOneEndsThem() {
        // The example of the developer guide: errors A, B, C, B with two attempts for A and B.
        failing("mixed", "ErrorA", "ErrorB", "ErrorC", "ErrorB");
        String arn =
                STAND.start(
                        Stand.machine(
                                task(
                                                "mixed",
                                                """
                                                "Retry": [{"ErrorEquals": ["ErrorA", "ErrorB"], "IntervalSeconds": 1, "BackoffRate": 2.0, "MaxAttempts": 2},
                                                          {"ErrorEquals": ["ErrorC"], "IntervalSeconds": 5}],
                                                "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Caught"}]
                                                """)
                                        + CAUGHT),
                        "{}");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(1));
        STAND.clock.advanceWhenSet(Duration.ofSeconds(2));
        STAND.clock.advanceWhenSet(Duration.ofSeconds(5));

        assertThat(Stand.output(STAND.ended(arn)).path("Error").textValue()).isEqualTo("ErrorB");
        assertThat(calls).hasValue(4);
    }

    @Test
    void theCountsStartAnewWhenTheStateIsEnteredAgain() {
        failing("again", "E", "E", "E", "E");
        String definition =
                Stand.machine(
                        """
                        "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                          "Arguments": {"FunctionName": "again"},
                          "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1, "IntervalSeconds": 1}],
                          "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "A"}],
                          "Output": "{% $states.result.Payload %}", "End": true}
                        """);
        String arn = STAND.start(definition, "{}");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(1));
        STAND.clock.advanceWhenSet(Duration.ofSeconds(1));

        assertThat(Stand.output(STAND.ended(arn)).intValue()).isEqualTo(5);
    }

    @Test
    void theContextCountsTheRetries() {
        failing("counting", "E", "E");
        String definition =
                Stand.machine(
                        """
                        "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                          "Arguments": {"FunctionName": "counting", "Payload": "{% $states.context.State.RetryCount %}"},
                          "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 1, "BackoffRate": 1}],
                          "Output": "{% $states.context.State.RetryCount %}", "End": true}
                        """);
        String arn = STAND.start(definition, "{}");
        STAND.clock.advanceWhenSet(Duration.ofSeconds(1));
        STAND.clock.advanceWhenSet(Duration.ofSeconds(1));

        assertThat(Stand.output(STAND.ended(arn)).intValue()).isEqualTo(2);
        List<String> payloads =
                STAND.services.requests.stream()
                        .filter(request -> request.path().contains("/counting/"))
                        .map(request -> request.body().toString())
                        .toList();
        assertThat(payloads).containsExactly("0", "1", "2");
    }

    @Test
    void aCatchsOutputAndAssignSeeTheErrorAndTheInput() {
        failing("caught", "E");
        String definition =
                Stand.machine(
                        task(
                                        "caught",
                                        """
                                        "Assign": {"normal": 1},
                                        "Catch": [{"ErrorEquals": ["Other"], "Next": "B"},
                                          {"ErrorEquals": ["E"], "Next": "B",
                                           "Assign": {"error": "{% $states.errorOutput.Error %}"},
                                           "Output": {"cause": "{% $parse($states.errorOutput.Cause).errorMessage %}", "input": "{% $states.input %}"}}]
                                        """)
                                + ", \"B\": {\"Type\": \"Pass\", \"Output\": \"{% [$states.input,"
                                + " $error, $exists($normal)] %}\", \"End\": true}");

        assertThat(STAND.output(definition, "5").toString())
                .isEqualTo("[{\"cause\":\"m\",\"input\":5},\"E\",false]");
    }

    @Test
    void withoutAnOutputTheErrorGoesOn() {
        failing("plain", "E");

        assertThat(
                        STAND.output(
                                        Stand.machine(
                                                task(
                                                                "plain",
                                                                "\"Catch\":[{\"ErrorEquals\":[\"States.ALL\"],\"Next\":\"Caught\"}]")
                                                        + CAUGHT),
                                        "{}")
                                .toString())
                .isEqualTo(
                        "{\"Error\":\"E\",\"Cause\":\"{\\\"errorType\\\":\\\"E\\\",\\\"errorMessage\\\":\\\"m\\\"}\"}");
    }

    @ParameterizedTest
    @CsvSource({
        "States.ALL,true",
        "States.TaskFailed,true",
        "E,true",
        "e,false",
        "States.Timeout,false",
        "States.Runtime,false"
    })
    void aFunctionsErrorIsMatchedBy(String name, boolean matches) {
        failing("matched", "E");

        DescribeExecutionResponse execution =
                STAND.run(
                        Stand.machine(
                                task(
                                                "matched",
                                                "\"Catch\":[{\"ErrorEquals\":[\""
                                                        + name
                                                        + "\"],\"Next\":\"Caught\"}]")
                                        + CAUGHT),
                        "{}");

        assertThat(execution.status())
                .isEqualTo(matches ? ExecutionStatus.SUCCEEDED : ExecutionStatus.FAILED);
    }

    @ParameterizedTest
    @CsvSource({"States.ALL", "States.TaskFailed", "States.QueryEvaluationError"})
    void anEvaluationErrorOfATaskCanBeCaught(String name) {
        failing("fine");
        for (String field :
                List.of(
                        "\"Output\": \"{% $nope %}\"",
                        "\"Assign\": {\"x\": \"{% $nope %}\"}",
                        "\"TimeoutSeconds\": \"{% -1 %}\"",
                        "\"HeartbeatSeconds\": \"{% 'x' %}\"")) {
            String definition =
                    Stand.machine(
                            """
                            "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                              "Arguments": {"FunctionName": "fine"}, %s,
                              "Catch": [{"ErrorEquals": ["%s"], "Next": "Caught"}], "End": true}
                            """
                                            .formatted(field, name)
                                    + CAUGHT);

            assertThat(STAND.output(definition, "{}").path("Error").textValue())
                    .as(field)
                    .isEqualTo("States.QueryEvaluationError");
        }
    }

    @Test
    void anEvaluationErrorCanBeRetried() {
        failing("evaluated");
        String arn =
                STAND.start(
                        Stand.machine(
                                """
                                "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                                  "Arguments": {"FunctionName": "evaluated"},
                                  "Output": "{% $states.result.Payload > 1 ? 'enough' : $nope %}",
                                  "Retry": [{"ErrorEquals": ["States.QueryEvaluationError"], "IntervalSeconds": 1}], "End": true}
                                """),
                        "{}");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(1));

        assertThat(Stand.output(STAND.ended(arn)).textValue()).isEqualTo("enough");
    }

    @Test
    void anEvaluationErrorInACatchEndsTheExecution() {
        failing("twice", "E");

        assertThat(
                        STAND.run(
                                        Stand.machine(
                                                task(
                                                                "twice",
                                                                "\"Catch\":[{\"ErrorEquals\":[\"States.ALL\"],\"Next\":\"Caught\",\"Output\":\"{%"
                                                                    + " $nope %}\"}]")
                                                        + CAUGHT),
                                        "{}")
                                .cause())
                .contains("specified for the field 'Catch[0]/Output'");
    }

    @Test
    void aTaskThatHangsTimesOutAndItsLateAnswerIsIgnored() {
        var answer = STAND.services.hanging("hanging");
        String arn =
                STAND.start(
                        Stand.machine(
                                task(
                                                "hanging",
                                                "\"TimeoutSeconds\":\"{% 2 * 30"
                                                    + " %}\",\"Catch\":[{\"ErrorEquals\":[\"States.TaskFailed\"],\"Next\":\"A\"},{\"ErrorEquals\":[\"States.Timeout\"],\"Next\":\"Caught\"}]")
                                        + CAUGHT),
                        "{}");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(60));

        assertThat(Stand.output(STAND.ended(arn)).toString())
                .isEqualTo("{\"Error\":\"States.Timeout\",\"Cause\":\"\"}");
        answer.countDown();
        assertThat(STAND.eventTypes(arn)).contains("TaskTimedOut").doesNotContain("TaskSucceeded");
    }

    @Test
    void aTimeoutIsForEachAttempt() {
        var answer = STAND.services.hanging("slow");
        String arn =
                STAND.start(
                        Stand.machine(
                                task(
                                        "slow",
                                        "\"TimeoutSeconds\":10,\"Retry\":[{\"ErrorEquals\":[\"States.Timeout\"],\"IntervalSeconds\":5,\"MaxAttempts\":1}]")),
                        "{}");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(10));
        STAND.clock.advanceWhenSet(Duration.ofSeconds(5));
        STAND.clock.advanceWhenSet(Duration.ofSeconds(10));

        assertThat(STAND.ended(arn).error()).isEqualTo("States.Timeout");
        answer.countDown();
    }

    @Test
    void anExecutionThatRunsTooLongTimesOut() {
        String arn =
                STAND.start(
                        """
                        {"QueryLanguage": "JSONata", "TimeoutSeconds": 30, "StartAt": "A", "States": {
                          "A": {"Type": "Wait", "Seconds": 60, "End": true}}}
                        """,
                        "{}");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(30));

        DescribeExecutionResponse execution = STAND.ended(arn);
        assertThat(execution.status()).isEqualTo(ExecutionStatus.TIMED_OUT);
        assertThat(STAND.eventTypes(arn)).endsWith("ExecutionTimedOut");
    }

    @Test
    void aFinishedExecutionLeavesNoAlarmBehind() {
        Stand stand = new Stand();
        stand.services.function("quick", Reply::okOf);
        String definition =
                """
                {"QueryLanguage": "JSONata", "TimeoutSeconds": 30, "StartAt": "A", "States": {
                  "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 20,
                    "Arguments": {"FunctionName": "quick"}, "End": true}}}
                """;

        assertThat(stand.run(definition, "{}").status()).isEqualTo(ExecutionStatus.SUCCEEDED);
        assertThat(stand.clock.alarms()).isZero();
        stand.close();
    }
}
