package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.holdfast.local.states.FakeServices.Reply;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import software.amazon.awssdk.services.sfn.model.DescribeExecutionResponse;
import software.amazon.awssdk.services.sfn.model.ExecutionStatus;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Map and Parallel: order, width, scopes, failure. */
final class ForkTest {
    @RegisterExtension static final Stand STAND = new Stand();

    /** A Map over its input whose processor is one state I. */
    private static String map(String rest, String inner) {
        return Stand.machine(
                """
                "A": {"Type": "Map", %s "ItemProcessor": {"StartAt": "I", "States": {"I": %s}}, "End": true}
                """
                        .formatted(rest, inner));
    }

    private static String invoke(String function, String rest) {
        return """
        {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
         "Arguments": {"FunctionName": "%s", "Payload": "{%% $states.input %%}"},
         "Output": "{%% $states.result.Payload %%}", "End": true %s}
        """
                .formatted(function, rest);
    }

    private static final String PASS = "{\"Type\":\"Pass\",\"End\":true}";

    private static String numbers(int count) {
        return IntStream.range(0, count)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(",", "[", "]"));
    }

    @Test
    void aMapKeepsTheOrderOfItsItems() {
        assertThat(
                        STAND.output(
                                        map(
                                                "",
                                                "{\"Type\":\"Pass\",\"Output\":\"{% $states.input *"
                                                        + " 2 %}\",\"End\":true}"),
                                        numbers(100))
                                .toString())
                .isEqualTo(
                        IntStream.range(0, 100)
                                .mapToObj(i -> "" + 2 * i)
                                .collect(Collectors.joining(",", "[", "]")));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"Items\": [1, \"{% 1 + 1 %}\"], | [1,2]",
                "\"Items\": \"{% $states.input.list %}\", | [1,2,3]",
                "\"Items\": \"{% [7] %}\", | [7]",
                "\"Items\": \"{% [] %}\", | []",
                "\"Items\": \"{% [{'a': null}, null] %}\", | [{\"a\":null},null]",
                "\"Items\": [4, 5], \"ItemSelector\": {\"i\": \"{% $states.context.Map.Item.Index"
                        + " %}\", \"v\": \"{% $states.context.Map.Item.Value %}\", \"n\": \"{%"
                        + " $states.input.n %}\"}, |"
                        + " [{\"i\":0,\"v\":4,\"n\":9},{\"i\":1,\"v\":5,\"n\":9}]",
            })
    void itemsComeFromWhereTheStateSays(String fields, String expected) {
        assertThat(STAND.output(map(fields, PASS), "{\"list\":[1,2,3],\"n\":9}").toString())
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {"5|number", "'x'|string", "{'a': 1}|object", "null|null", "true|boolean"},
            quoteCharacter = '`')
    void itemsHaveToBeAnArray(String items, String type) {
        DescribeExecutionResponse execution =
                STAND.run(map("\"Items\": \"{% " + items + " %}\",", PASS), "{}");

        assertThat(execution.error()).isEqualTo("States.QueryEvaluationError");
        assertThat(execution.cause())
                .contains("'Items'")
                .contains("Expected 'array', but was '" + type + "'");
    }

    @Test
    void anInputThatIsNoArrayFailsAMapWithoutItems() {
        DescribeExecutionResponse execution = STAND.run(map("", PASS), "{\"foo\":\"bar\"}");

        assertThat(execution.error()).isEqualTo("States.QueryEvaluationError");
        assertThat(execution.cause())
                .contains("Map state input must be an array but was: {\"foo\":\"bar\"}");
    }

    @ParameterizedTest
    @CsvSource({"1,1", "3,3", "0,40", "100,40"})
    void noMoreItemsRunAtOnceThanAllowed(int maxConcurrency, int expected) {
        CountDownLatch go = new CountDownLatch(1);
        AtomicInteger running = new AtomicInteger();
        AtomicInteger most = new AtomicInteger();
        STAND.services.function(
                "counted",
                event -> {
                    most.accumulateAndGet(running.incrementAndGet(), Math::max);
                    go.await();
                    running.decrementAndGet();
                    return Reply.okOf(event);
                });
        String arn =
                STAND.start(
                        map("\"MaxConcurrency\": " + maxConcurrency + ",", invoke("counted", "")),
                        numbers(45));

        await().pollInterval(Duration.ofMillis(2)).until(() -> running.get() == expected);
        go.countDown();

        assertThat(Stand.output(STAND.ended(arn)).toString()).isEqualTo(numbers(45));
        assertThat(most).hasValue(expected);
    }

    @Test
    void innerStatesReadOuterVariablesAndKeepTheirOwn() {
        String definition =
                Stand.machine(
                        """
                        "A": {"Type": "Pass", "Assign": {"factor": 10}, "Next": "M"},
                        "M": {"Type": "Map", "Items": [1, 2], "ItemProcessor": {"StartAt": "I", "States": {
                            "I": {"Type": "Pass", "Assign": {"own": "{% $states.input * $factor %}"}, "Next": "J"},
                            "J": {"Type": "Pass", "Output": "{% $own + 1 %}", "End": true}}},
                          "Assign": {"results": "{% $states.result %}"}, "Next": "B"},
                        "B": {"Type": "Pass", "Output": {"results": "{% $results %}", "own": "{% $exists($own) %}"}, "End": true}
                        """);

        assertThat(STAND.output(definition, "{}").toString())
                .isEqualTo("{\"results\":[11,21],\"own\":false}");
    }

    @Test
    void theItemIsInTheContextOfTheInnerStates() {
        assertThat(
                        STAND.output(
                                        map(
                                                "",
                                                "{\"Type\":\"Pass\",\"Output\":\"{%"
                                                        + " $states.context.Map.Item"
                                                        + " %}\",\"End\":true}"),
                                        "[\"x\"]")
                                .toString())
                .isEqualTo("[{\"Index\":0,\"Value\":\"x\"}]");
    }

    @Test
    void aFailedItemFailsTheMapWithItsOwnErrorAndEndsTheOthers() {
        var never = STAND.services.hanging("never");
        String definition =
                Stand.machine(
                        """
                        "A": {"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {
                            "I": {"Type": "Choice", "Choices": [{"Condition": "{%% $states.input = 1 %%}", "Next": "W"}], "Default": "T"},
                            "T": %s,
                            "W": {"Type": "Wait", "Seconds": 5, "Next": "F"},
                            "F": {"Type": "Fail", "Error": "Item", "Cause": "one"}}}, "End": true}
                        """
                                .formatted(invoke("never", "")));
        String arn = STAND.start(definition, "[0,1,2]");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(5));

        assertThat(STAND.ended(arn).error()).isEqualTo("Item");
        assertThat(STAND.eventTypes(arn))
                .contains("MapIterationFailed", "MapIterationAborted", "TaskStateAborted")
                .endsWith("MapStateFailed", "ExecutionFailed");
        never.countDown();
    }

    @Test
    void afterAFailureNoFurtherItemStarts() {
        AtomicInteger calls = new AtomicInteger();
        STAND.services.function(
                "failing",
                _ -> {
                    calls.incrementAndGet();
                    return Reply.functionError("{\"errorType\":\"E\"}");
                });

        assertThat(
                        STAND.run(map("\"MaxConcurrency\": 1,", invoke("failing", "")), numbers(10))
                                .error())
                .isEqualTo("E");
        assertThat(calls).hasValue(1);
    }

    private static final String FAIL_ODD =
            """
            "A": {"Type": "Map", %s "ItemProcessor": {"StartAt": "I", "States": {
                "I": {"Type": "Choice", "Choices": [{"Condition": "{%% $states.input %% 2 = 1 %%}", "Next": "F"}], "Default": "P"},
                "P": {"Type": "Pass", "End": true},
                "F": {"Type": "Fail", "Error": "Odd", "Cause": "c"}}}, "End": true}
            """;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"ToleratedFailureCount\": 2,",
                "\"ToleratedFailureCount\": \"{% 1 + 1 %}\",",
                "\"ToleratedFailurePercentage\": 50,",
                "\"ToleratedFailurePercentage\": 50, \"ToleratedFailureCount\": 3,",
            })
    void toleratedFailuresLeaveTheirErrorsInTheResult(String tolerance) {
        assertThat(
                        STAND.output(Stand.machine(FAIL_ODD.formatted(tolerance)), "[0,1,2,3]")
                                .toString())
                .isEqualTo(
                        "[0,{\"Error\":\"Odd\",\"Cause\":\"c\"},2,{\"Error\":\"Odd\",\"Cause\":\"c\"}]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"ToleratedFailureCount\": 1, | States.ExceedToleratedFailureThreshold",
                "\"ToleratedFailurePercentage\": 49.9, | States.ExceedToleratedFailureThreshold",
                "\"ToleratedFailureCount\": 1, \"ToleratedFailurePercentage\": 100, |"
                        + " States.ExceedToleratedFailureThreshold",
                "\"ToleratedFailureCount\": 0, | Odd",
                "\"ToleratedFailureCount\": \"{% -1 %}\", | States.QueryEvaluationError",
                "\"ToleratedFailurePercentage\": \"{% 101 %}\", | States.QueryEvaluationError",
                "\"MaxConcurrency\": \"{% 'x' %}\", | States.QueryEvaluationError",
            },
            quoteCharacter = '`')
    void moreFailuresThanToleratedFailTheMap(String tolerance, String error) {
        assertThat(STAND.run(Stand.machine(FAIL_ODD.formatted(tolerance)), "[0,1,2,3]").error())
                .isEqualTo(error);
    }

    @Test
    void aMapIsRetriedAsAWholeAndThenCaught() {
        AtomicInteger calls = new AtomicInteger();
        STAND.services.function(
                "second",
                event -> {
                    calls.incrementAndGet();
                    return event.intValue() == 1
                            ? Reply.functionError("{\"errorType\":\"E\"}")
                            : Reply.okOf(event);
                });
        String definition =
                Stand.machine(
                        """
                        "A": {"Type": "Map", "MaxConcurrency": 1, "ItemProcessor": {"StartAt": "I", "States": {"I": %s}},
                          "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1, "IntervalSeconds": 1}],
                          "Catch": [{"ErrorEquals": ["E"], "Assign": {"failed": true}, "Output": "{%% $states.errorOutput.Error %%}", "Next": "B"}], "End": true},
                        "B": {"Type": "Pass", "Output": "{%% [$states.input, $failed] %%}", "End": true}
                        """
                                .formatted(invoke("second", "")));
        String arn = STAND.start(definition, "[0,1]");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(1));

        assertThat(Stand.output(STAND.ended(arn)).toString()).isEqualTo("[\"E\",true]");
        assertThat(calls).hasValue(4);
    }

    @Test
    void anEvaluationErrorWithinAMapCanBeCaughtByTheMap() {
        String definition =
                Stand.machine(
                        """
                        "A": {"Type": "Map", "ItemProcessor": {"StartAt": "I", "States": {
                            "I": {"Type": "Pass", "Output": "{% $nope %}", "End": true}}},
                          "Catch": [{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "B"}], "End": true},
                        "B": {"Type": "Pass", "Output": "caught", "End": true}
                        """);

        assertThat(STAND.output(definition, "[1]").textValue()).isEqualTo("caught");
    }

    @Test
    void branchesGetTheSameInputAndTheirOutputsKeepTheirOrder() {
        String definition =
                Stand.machine(
                        """
                        "A": {"Type": "Parallel", "Arguments": {"n": "{% $states.input + 1 %}"},
                          "Branches": [
                            {"StartAt": "X", "States": {"X": {"Type": "Wait", "Seconds": 3, "Next": "X2"},
                               "X2": {"Type": "Pass", "Output": "{% $states.input.n %}", "End": true}}},
                            {"StartAt": "Y", "States": {"Y": {"Type": "Pass", "Output": "{% $states.input.n * 10 %}", "End": true}}}],
                          "Output": {"sum": "{% $sum($states.result) %}", "all": "{% $states.result %}", "in": "{% $states.input %}"}, "End": true}
                        """);
        String arn = STAND.start(definition, "1");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(3));

        assertThat(Stand.output(STAND.ended(arn)).toString())
                .isEqualTo("{\"sum\":22,\"all\":[2,20],\"in\":1}");
    }

    @Test
    void branchesMayAssignTheSameVariableWithoutSeeingEachOther() {
        String branch =
                """
                {"StartAt": "%1$s", "States": {
                   "%1$s": {"Type": "Pass", "Assign": {"who": "%1$s"}, "Next": "%1$s2"},
                   "%1$s2": {"Type": "Pass", "Output": "{%% $who %%}", "End": true}}}
                """;

        assertThat(
                        STAND.output(
                                        Stand.machine(
                                                "\"A\":{\"Type\":\"Parallel\",\"End\":true,\"Branches\":["
                                                        + branch.formatted("X")
                                                        + ","
                                                        + branch.formatted("Y")
                                                        + "]}"),
                                        "{}")
                                .toString())
                .isEqualTo("[\"X\",\"Y\"]");
    }

    @Test
    void aFailedBranchEndsTheOthersAndCanBeCaught() {
        var never = STAND.services.hanging("forever");
        String definition =
                Stand.machine(
                        """
                        "A": {"Type": "Parallel", "Branches": [
                            {"StartAt": "X", "States": {"X": %s}},
                            {"StartAt": "Y", "States": {"Y": {"Type": "Wait", "Seconds": 2, "Next": "Y2"},
                                                        "Y2": {"Type": "Fail", "Error": "Branch", "Cause": "c"}}}],
                          "Catch": [{"ErrorEquals": ["Branch"], "Next": "B"}], "End": true},
                        "B": {"Type": "Pass", "End": true}
                        """
                                .formatted(invoke("forever", "")));
        String arn = STAND.start(definition, "{}");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(2));

        assertThat(Stand.output(STAND.ended(arn)).toString())
                .isEqualTo("{\"Error\":\"Branch\",\"Cause\":\"c\"}");
        assertThat(STAND.eventTypes(arn))
                .containsSubsequence(
                        "ParallelStateStarted",
                        "FailStateEntered",
                        "TaskStateAborted",
                        "ParallelStateFailed",
                        "ParallelStateExited");
        never.countDown();
    }

    @Test
    void aParallelWithinAMapWithinAParallelGivesItsResultsInOrder() {
        String definition =
                Stand.machine(
                        """
                        "A": {"Type": "Parallel", "End": true, "Branches": [
                          {"StartAt": "M", "States": {"M": {"Type": "Map", "Items": [1, 2], "End": true,
                             "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": true, "Branches": [
                                {"StartAt": "X", "States": {"X": {"Type": "Pass", "Output": "{% $states.input * 10 %}", "End": true}}},
                                {"StartAt": "Y", "States": {"Y": {"Type": "Pass", "Output": "{% $states.context.Map.Item.Index %}", "End": true}}}]}}}}}},
                          {"StartAt": "Z", "States": {"Z": {"Type": "Succeed"}}}]}
                        """);

        assertThat(STAND.output(definition, "{}").toString()).isEqualTo("[[[10,0],[20,1]],{}]");
    }

    @Test
    void stoppingAnExecutionEndsAllOfItsStrands() {
        var never = STAND.services.hanging("stopped");
        String arn =
                STAND.start(map("", invoke("stopped", ", \"TimeoutSeconds\": 1000")), numbers(5));
        await().pollInterval(Duration.ofMillis(2))
                .until(() -> STAND.clock.isSet(Duration.ofSeconds(1000)));

        STAND.sfn.stopExecution(r -> r.executionArn(arn));
        never.countDown();

        assertThat(STAND.ended(arn).status()).isEqualTo(ExecutionStatus.ABORTED);
        await().pollInterval(Duration.ofMillis(2))
                .untilAsserted(
                        () -> assertThat(STAND.clock.isSet(Duration.ofSeconds(1000))).isFalse());
        assertThat(STAND.eventTypes(arn)).endsWith("ExecutionAborted");
    }
}
