package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.local.states.FakeServices.Reply;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

import software.amazon.awssdk.services.sfn.model.HistoryEvent;

import java.time.Duration;
import java.util.List;

/** The events of histories, as AWS writes them. */
final class HistoryTest {
    @RegisterExtension static final Stand STAND = new Stand();

    private static List<String> events(String states, String input) {
        String arn = STAND.start(Stand.machine(states), input);
        STAND.ended(arn);
        return STAND.history(arn).stream()
                .map(e -> e.id() + "<" + e.previousEventId() + " " + e.typeAsString())
                .toList();
    }

    @Test
    void everyEventFollowsTheOneBeforeItAndTheFirstStateFollowsNone() {
        assertThat(
                        events(
                                """
                                "A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Choice", "Choices": [
                                  {"Condition": true, "Next": "C"}]}, "C": {"Type": "Succeed"}
                                """,
                                "{}"))
                .containsExactly(
                        "1<0 ExecutionStarted",
                        "2<0 PassStateEntered",
                        "3<2 PassStateExited",
                        "4<3 ChoiceStateEntered",
                        "5<4 ChoiceStateExited",
                        "6<5 SucceedStateEntered",
                        "7<6 SucceedStateExited",
                        "8<7 ExecutionSucceeded");
    }

    @Test
    void aTaskTellsWhatItSentAndGot() {
        STAND.services.function("told", Reply::okOf);
        String arn =
                STAND.start(
                        Stand.machine(
                                """
                                "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "TimeoutSeconds": 9,
                                  "Arguments": {"FunctionName": "told", "Payload": 1}, "Output": 2, "Assign": {"x": [1]}, "End": true}
                                """),
                        "{}");
        STAND.ended(arn);

        List<HistoryEvent> events = STAND.history(arn);
        assertThat(events)
                .extracting(HistoryEvent::typeAsString)
                .containsExactly(
                        "ExecutionStarted",
                        "TaskStateEntered",
                        "TaskScheduled",
                        "TaskStarted",
                        "TaskSucceeded",
                        "TaskStateExited",
                        "ExecutionSucceeded");
        assertThat(events.get(0).executionStartedEventDetails().roleArn()).isEqualTo(Stand.ROLE);
        assertThat(events.get(1).stateEnteredEventDetails().name()).isEqualTo("A");
        var scheduled = events.get(2).taskScheduledEventDetails();
        assertThat(scheduled.resourceType()).isEqualTo("lambda");
        assertThat(scheduled.resource()).isEqualTo("invoke");
        assertThat(scheduled.region()).isEqualTo("eu-central-1");
        assertThat(scheduled.parameters()).isEqualTo("{\"FunctionName\":\"told\",\"Payload\":1}");
        assertThat(scheduled.timeoutInSeconds()).isEqualTo(9);
        assertThat(events.get(4).taskSucceededEventDetails().output()).contains("\"Payload\":1");
        assertThat(events.get(5).stateExitedEventDetails().output()).isEqualTo("2");
        assertThat(events.get(5).stateExitedEventDetails().assignedVariables())
                .containsEntry("x", "[1]");
    }

    @Test
    void aFunctionsArnHasEventsOfItsOwn() {
        STAND.services.function(
                "own", _ -> Reply.functionError("{\"errorType\":\"E\",\"errorMessage\":\"m\"}"));
        String arn =
                STAND.start(
                        Stand.machine(
                                """
                                "A": {"Type": "Task", "Resource": "arn:aws:lambda:r:000000000000:function:own",
                                  "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1, "IntervalSeconds": 1}], "End": true}
                                """),
                        "7");
        STAND.clock.advanceWhenSet(Duration.ofSeconds(1));
        STAND.ended(arn);

        List<HistoryEvent> events = STAND.history(arn);
        assertThat(events)
                .extracting(HistoryEvent::typeAsString)
                .containsExactly(
                        "ExecutionStarted",
                        "TaskStateEntered",
                        "LambdaFunctionScheduled",
                        "LambdaFunctionStarted",
                        "LambdaFunctionFailed",
                        "LambdaFunctionScheduled",
                        "LambdaFunctionStarted",
                        "LambdaFunctionFailed",
                        "ExecutionFailed");
        assertThat(events.get(2).lambdaFunctionScheduledEventDetails().input()).isEqualTo("7");
        assertThat(events.get(4).lambdaFunctionFailedEventDetails().error()).isEqualTo("E");
        assertThat(events.get(8).executionFailedEventDetails().error()).isEqualTo("E");
    }

    @Test
    void aMapTellsOfEachIteration() {
        assertThat(
                        events(
                                """
                                "A": {"Type": "Map", "MaxConcurrency": 1, "End": true,
                                  "ItemProcessor": {"StartAt": "I", "States": {"I": {"Type": "Pass", "End": true}}}}
                                """,
                                "[1,2]"))
                .containsExactly(
                        "1<0 ExecutionStarted",
                        "2<0 MapStateEntered",
                        "3<2 MapStateStarted",
                        "4<3 MapIterationStarted",
                        "5<4 PassStateEntered",
                        "6<5 PassStateExited",
                        "7<6 MapIterationSucceeded",
                        "8<7 MapIterationStarted",
                        "9<8 PassStateEntered",
                        "10<9 PassStateExited",
                        "11<10 MapIterationSucceeded",
                        "12<11 MapStateSucceeded",
                        "13<12 MapStateExited",
                        "14<13 ExecutionSucceeded");
    }

    @Test
    void aFailedEvaluationNamesItsStateAndField() {
        String arn =
                STAND.start(
                        Stand.machine(
                                "\"A\":{\"Type\":\"Pass\",\"Output\":{\"a\":\"{% $nope"
                                        + " %}\"},\"End\":true}"),
                        "{}");
        STAND.ended(arn);

        HistoryEvent event = STAND.history(arn).get(2);
        assertThat(event.typeAsString()).isEqualTo("EvaluationFailed");
        assertThat(event.evaluationFailedEventDetails().location()).isEqualTo("Output/a");
        assertThat(event.evaluationFailedEventDetails().state()).isEqualTo("A");
        assertThat(event.evaluationFailedEventDetails().error())
                .isEqualTo("States.QueryEvaluationError");
    }

    @Test
    void aParallelStateThatFailsInItsBranchTellsSoOnce() {
        assertThat(
                        events(
                                """
                                "A": {"Type": "Parallel", "End": true, "Branches": [
                                  {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}]}
                                """,
                                "{}"))
                .containsExactly(
                        "1<0 ExecutionStarted",
                        "2<0 ParallelStateEntered",
                        "3<2 ParallelStateStarted",
                        "4<3 FailStateEntered",
                        "5<4 ParallelStateFailed",
                        "6<5 ExecutionFailed");
    }
}
