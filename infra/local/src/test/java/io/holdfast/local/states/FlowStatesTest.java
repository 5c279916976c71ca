package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.local.states.language.Timestamps;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import software.amazon.awssdk.services.sfn.model.DescribeExecutionResponse;
import software.amazon.awssdk.services.sfn.model.ExecutionStatus;

import java.time.Duration;

/** Pass, Choice, Wait, Succeed and Fail, and how data flows through them. */
final class FlowStatesTest {
    @RegisterExtension static final Stand STAND = new Stand();

    private static String output(String states, String input) {
        return STAND.output(Stand.machine(states), input).toString();
    }

    private static DescribeExecutionResponse run(String states, String input) {
        return STAND.run(Stand.machine(states), input);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{}",
                "null",
                "5",
                "1.0",
                "\"x\"",
                "[1,null,{\"a\":[]}]",
                "{\"a\":{\"b\":null}}"
            })
    void aPassStateHandsItsInputOn(String input) {
        assertThat(run("\"A\":{\"Type\":\"Pass\",\"End\":true}", input).output()).isEqualTo(input);
    }

    @Test
    void anOutputBecomesTheNextStatesInput() {
        assertThat(
                        output(
                                """
                                "A": {"Type": "Pass", "Output": {"n": "{% $states.input.n + 1 %}"}, "Next": "B"},
                                "B": {"Type": "Succeed", "Output": "{% $states.input.n * 10 %}"}
                                """,
                                "{\"n\": 1}"))
                .isEqualTo("20");
    }

    @Test
    void assignedVariablesAreSeenInTheNextStateOnly() {
        assertThat(
                        output(
                                """
                                "A": {"Type": "Pass", "Assign": {"x": 3, "y": 6}, "Next": "B"},
                                "B": {"Type": "Pass", "Assign": {"x": "{% $y %}", "y": "{% $x %}"},
                                      "Output": "{% [$x, $y] %}", "Next": "C"},
                                "C": {"Type": "Pass", "Output": "{% [$states.input, $x, $y] %}", "End": true}
                                """,
                                "{}"))
                .isEqualTo("[3,6,6,3]");
    }

    @Test
    void aVariableIsUndefinedInTheStateThatAssignsItFirst() {
        DescribeExecutionResponse execution =
                run(
                        "\"A\":{\"Type\":\"Pass\",\"Assign\":{\"x\":1},\"Output\":\"{% $x"
                                + " %}\",\"End\":true}",
                        "{}");

        assertThat(execution.error()).isEqualTo("States.QueryEvaluationError");
        assertThat(execution.cause()).contains("'$x' specified for the field 'Output'");
    }

    @Test
    void variablesKeepTheirTypesAndReplaceWhatTheyWere() {
        assertThat(
                        output(
                                """
                                "A": {"Type": "Pass", "Assign": {"v": {"a": [1, 2]}, "n": null, "i": 1}, "Next": "B"},
                                "B": {"Type": "Pass", "Assign": {"v": "{% $v.a %}"}, "Next": "C"},
                                "C": {"Type": "Pass", "Output": {"v": "{% $v %}", "n": "{% $n %}", "i": "{% $i %}"}, "End": true}
                                """,
                                "{}"))
                .isEqualTo("{\"v\":[1,2],\"n\":null,\"i\":1}");
    }

    @Test
    void anAssignmentDoesNotChangeWhatAnEarlierOneReferredTo() {
        assertThat(
                        output(
                                """
                                "A": {"Type": "Pass", "Assign": {"a": {"n": 1}}, "Next": "B"},
                                "B": {"Type": "Pass", "Assign": {"b": "{% $a %}",
                                      "a": "{% $a ~> |$|{'n': 2}| %}"}, "Next": "C"},
                                "C": {"Type": "Pass", "Output": "{% [$a.n, $b.n] %}", "End": true}
                                """,
                                "{}"))
                .isEqualTo("[2,1]");
    }

    @Test
    void theContextTellsAboutExecutionStateAndMachine() {
        String now = Timestamps.format(STAND.clock.instant());
        String arn =
                STAND.start(
                        Stand.machine(
                                "\"A\":{\"Type\":\"Pass\",\"Output\":\"{% $states.context"
                                        + " %}\",\"End\":true}"),
                        "{\"n\":1}");
        var machine = STAND.describe(arn).stateMachineArn();
        var execution = STAND.ended(arn);

        assertThat(Stand.json(execution.output()))
                .isEqualTo(
                        Stand.json(
                                """
                                {"Execution": {"Id": "%s", "Input": {"n": 1}, "Name": "%s",
                                  "RoleArn": "%s", "StartTime": "%s", "RedriveCount": 0},
                                 "State": {"EnteredTime": "%s", "Name": "A", "RetryCount": 0},
                                 "StateMachine": {"Id": "%s", "Name": "%s"}}
                                """
                                        .formatted(
                                                arn,
                                                execution.name(),
                                                Stand.ROLE,
                                                now,
                                                now,
                                                machine,
                                                machine.substring(machine.lastIndexOf(':') + 1))));
    }

    @ParameterizedTest
    @CsvSource({"1,low", "5,high", "9,other"})
    void aChoiceTakesTheFirstRuleThatHoldsOrTheDefault(int input, String expected) {
        String states =
                """
                "A": {"Type": "Choice", "Choices": [
                    {"Condition": "{% $states.input < 3 %}", "Next": "Low"},
                    {"Condition": "{% $states.input < 7 %}", "Next": "High"}],
                  "Default": "Other"},
                "Low": {"Type": "Pass", "Output": "low", "End": true},
                "High": {"Type": "Pass", "Output": "high", "End": true},
                "Other": {"Type": "Pass", "Output": "other", "End": true}
                """;

        assertThat(output(states, String.valueOf(input))).isEqualTo("\"" + expected + "\"");
    }

    @ParameterizedTest
    @CsvSource({"true,rule", "false,default"})
    void aRulesAssignAndOutputCountOnlyIfItHoldsElseTheStatesOwn(String input, String expected) {
        String states =
                """
                "A": {"Type": "Choice", "Choices": [
                    {"Condition": "{% $states.input %}", "Assign": {"from": "rule"}, "Output": 1, "Next": "B"}],
                  "Assign": {"from": "default"}, "Output": 2, "Default": "B"},
                "B": {"Type": "Pass", "Output": "{% $from & $states.input %}", "End": true}
                """;

        assertThat(output(states, input))
                .isEqualTo("\"" + expected + (expected.equals("rule") ? 1 : 2) + "\"");
    }

    @Test
    void aChoiceWithoutAMatchOrADefaultFails() {
        DescribeExecutionResponse execution =
                run(
                        """
                        "A": {"Type": "Choice", "Choices": [{"Condition": false, "Next": "B"}]},
                        "B": {"Type": "Succeed"}
                        """,
                        "{}");

        assertThat(execution.error()).isEqualTo("States.NoChoiceMatched");
        assertThat(execution.cause()).contains("'A'");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | Expected 'boolean', but was 'number' for value: 1",
                "'true' | Expected 'boolean', but was 'string' for value: \"true\"",
                "null | Expected 'boolean', but was 'null'",
                "[true] | Expected 'boolean', but was 'array'",
                "$states.input.missing | returned nothing (undefined)",
                "$states.input.missing > 1 | returned nothing (undefined)"
            },
            quoteCharacter = '`')
    void aConditionHasToBeABoolean(String condition, String cause) {
        DescribeExecutionResponse execution =
                run(
                        """
                        "A": {"Type": "Choice", "Choices": [{"Condition": "{%% %s %%}", "Next": "B"}], "Default": "B"},
                        "B": {"Type": "Succeed"}
                        """
                                .formatted(condition),
                        "{}");

        assertThat(execution.error()).isEqualTo("States.QueryEvaluationError");
        assertThat(execution.cause()).contains("Choices[0]/Condition").contains(cause);
    }

    @Test
    void aWaitStateWaitsForItsSeconds() {
        String arn =
                STAND.start(
                        Stand.machine(
                                "\"A\":{\"Type\":\"Wait\",\"Seconds\":\"{% $states.input"
                                        + " %}\",\"End\":true}"),
                        "604800");

        STAND.clock.advanceWhenSet(Duration.ofDays(7));

        assertThat(Stand.output(STAND.ended(arn)).toString()).isEqualTo("604800");
        assertThat(
                        Duration.between(
                                STAND.describe(arn).startDate(), STAND.describe(arn).stopDate()))
                .isEqualTo(Duration.ofDays(7));
    }

    @Test
    void aWaitStateIsNotDoneASecondTooEarly() {
        String arn =
                STAND.start(
                        Stand.machine("\"A\":{\"Type\":\"Wait\",\"Seconds\":60,\"End\":true}"),
                        "{}");
        STAND.awaitEvent(arn, "WaitStateEntered");

        STAND.clock.advance(Duration.ofSeconds(59));
        assertThat(STAND.describe(arn).status()).isEqualTo(ExecutionStatus.RUNNING);

        STAND.clock.advanceWhenSet(Duration.ofSeconds(1));
        assertThat(STAND.ended(arn).status()).isEqualTo(ExecutionStatus.SUCCEEDED);
    }

    @Test
    void aWaitStateWaitsUntilATimestamp() {
        String time = STAND.clock.instant().plusSeconds(3600).toString();
        String arn =
                STAND.start(
                        Stand.machine(
                                "\"A\":{\"Type\":\"Wait\",\"Timestamp\":\"{% $states.input"
                                        + " %}\",\"End\":true}"),
                        "\"" + time + "\"");

        STAND.clock.advanceWhenSet(Duration.ofHours(1));

        assertThat(STAND.ended(arn).status()).isEqualTo(ExecutionStatus.SUCCEEDED);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2016-03-14T01:59:00Z",
                "2016-03-14T01:59:00.000000Z",
                "2016-03-14T01:59:00+01:00",
                "2016-03-14T01:59:00.123456789-11:30"
            })
    void aTimestampThatHasPassedIsNoWait(String timestamp) {
        assertThat(
                        output(
                                "\"A\":{\"Type\":\"Wait\",\"Timestamp\":\"{% $states.input"
                                        + " %}\",\"End\":true}",
                                "\"" + timestamp + "\""))
                .isEqualTo("\"" + timestamp + "\"");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"2016-03-14 01:59:00Z\"",
                "\"2016-03-14T01:59:00\"",
                "\"2016-03-14t01:59:00z\"",
                "\"2016-13-14T01:59:00Z\"",
                "\"2016-02-30T01:59:00Z\"",
                "\"2016-03-14T25:59:00Z\"",
                "\"2016-03-14\"",
                "\"\"",
                "1457920740",
                "null"
            })
    void aMalformedTimestampIsAnEvaluationError(String timestamp) {
        assertThat(
                        run(
                                        "\"A\":{\"Type\":\"Wait\",\"Timestamp\":\"{% $states.input"
                                                + " %}\",\"End\":true}",
                                        timestamp)
                                .error())
                .isEqualTo("States.QueryEvaluationError");
    }

    @ParameterizedTest
    @ValueSource(strings = {"-1", "1.5", "\"5\"", "null", "100000000", "true", "[1]"})
    void secondsHaveToBeANaturalNumber(String seconds) {
        DescribeExecutionResponse execution =
                run(
                        "\"A\":{\"Type\":\"Wait\",\"Seconds\":\"{% $states.input"
                                + " %}\",\"End\":true}",
                        seconds);

        assertThat(execution.error()).isEqualTo("States.QueryEvaluationError");
        assertThat(execution.cause()).contains("'Seconds'");
    }

    @Test
    void noSecondsAreNoWait() {
        assertThat(
                        output(
                                "\"A\":{\"Type\":\"Wait\",\"Seconds\":\"{% $states.input * 0"
                                        + " %}\",\"End\":true}",
                                "5"))
                .isEqualTo("5");
    }

    @Test
    void aSucceedStateEndsWithItsOutput() {
        assertThat(output("\"A\":{\"Type\":\"Succeed\",\"Output\":{\"x\":1}}", "{}"))
                .isEqualTo("{\"x\":1}");
    }

    @Test
    void aFailStateEndsWithItsErrorAndCause() {
        DescribeExecutionResponse execution =
                run(
                        """
                        "A": {"Type": "Fail", "Error": "{% 'E' & $states.input.n %}", "Cause": "because"}
                        """,
                        "{\"n\":1}");

        assertThat(execution.status()).isEqualTo(ExecutionStatus.FAILED);
        assertThat(execution.error()).isEqualTo("E1");
        assertThat(execution.cause()).isEqualTo("because");
        assertThat(execution.output()).isNull();
    }

    @Test
    void aFailStateMayNameNothing() {
        DescribeExecutionResponse execution = run("\"A\":{\"Type\":\"Fail\"}", "{}");

        assertThat(execution.status()).isEqualTo(ExecutionStatus.FAILED);
        assertThat(execution.error()).isNull();
        assertThat(execution.cause()).isNull();
    }

    @Test
    void anErrorThatIsNoStringIsAnEvaluationError() {
        assertThat(run("\"A\":{\"Type\":\"Fail\",\"Error\":\"{% 1 %}\"}", "{}").error())
                .isEqualTo("States.QueryEvaluationError");
    }

    @Test
    void aLoopCountsWithAVariable() {
        assertThat(
                        output(
                                """
                                "A": {"Type": "Pass", "Assign": {"i": 0}, "Next": "More"},
                                "More": {"Type": "Choice", "Choices": [
                                    {"Condition": "{% $i < 50 %}", "Assign": {"i": "{% $i + 1 %}"}, "Next": "More"}],
                                  "Default": "Done"},
                                "Done": {"Type": "Succeed", "Output": "{% $i %}"}
                                """,
                                "{}"))
                .isEqualTo("50");
    }
}
