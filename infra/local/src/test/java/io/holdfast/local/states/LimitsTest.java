package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.local.states.FakeServices.Reply;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import software.amazon.awssdk.services.sfn.model.DescribeExecutionResponse;
import software.amazon.awssdk.services.sfn.model.ExecutionDoesNotExistException;
import software.amazon.awssdk.services.sfn.model.ExecutionStatus;
import software.amazon.awssdk.services.sfn.model.SfnException;

import java.util.ArrayList;
import java.util.List;

/** What is too much: 256 KiB, 25,000 events, more finished executions than are kept. */
final class LimitsTest {
    @RegisterExtension static final Stand STAND = new Stand();

    private static final int LIMIT = 262_144;

    private static String text(int bytes) {
        return "\"" + "x".repeat(bytes - 2) + "\"";
    }

    @Test
    void aPayloadMayHave256KibibytesAndTravelsUnchanged() {
        STAND.services.function("big", Reply::okOf);
        String input = text(LIMIT);

        assertThat(
                        STAND.run(
                                        Stand.machine(
                                                """
                                                "A": {"Type": "Pass", "Next": "B"},
                                                "B": {"Type": "Task", "Resource": "arn:aws:lambda:r:000000000000:function:big", "End": true}
                                                """),
                                        input)
                                .output())
                .isEqualTo(input);
    }

    @Test
    void anInputThatIsLargerIsRefused() {
        String machine = STAND.create(Stand.machine("\"A\":{\"Type\":\"Pass\",\"End\":true}"));

        assertThatThrownBy(
                        () ->
                                STAND.sfn.startExecution(
                                        r -> r.stateMachineArn(machine).input(text(LIMIT + 1))))
                .isInstanceOf(SfnException.class)
                .hasMessageContaining("'input'");
    }

    @ParameterizedTest
    @CsvSource({"States.ALL,false", "States.TaskFailed,false", "States.DataLimitExceeded,true"})
    void aResultThatIsTooLargeIsCaughtByItsOwnNameOnly(String name, boolean caught) {
        STAND.services.function("larger", _ -> Reply.ok(text(LIMIT + 1)));

        DescribeExecutionResponse execution =
                STAND.run(
                        Stand.machine(
                                """
                                "A": {"Type": "Task", "Resource": "arn:aws:lambda:r:000000000000:function:larger",
                                  "Catch": [{"ErrorEquals": ["%s"], "Next": "B"}], "End": true},
                                "B": {"Type": "Pass", "End": true}
                                """
                                        .formatted(name)),
                        "{}");

        assertThat(execution.status())
                .isEqualTo(caught ? ExecutionStatus.SUCCEEDED : ExecutionStatus.FAILED);
        if (!caught) {
            assertThat(execution.error()).isEqualTo("States.DataLimitExceeded");
            assertThat(execution.cause()).contains("exceeding the maximum number of bytes");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "\"Output\": \"{% $states.input & $states.input %}\"",
                "\"Output\": \"{% $replace($states.input, 'x', 'ü') %}\"",
                "\"Assign\": {\"a\": \"{% $states.input %}\", \"b\": \"{% $states.input %}\"}",
            })
    void anOutputOrAssignmentThatIsTooLargeFailsTheState(String field) {
        assertThat(
                        STAND.run(
                                        Stand.machine(
                                                "\"A\":{\"Type\":\"Pass\",\"End\":true,"
                                                        + field
                                                        + "}"),
                                        text(150_000))
                                .error())
                .isEqualTo("States.DataLimitExceeded");
    }

    @Test
    void variablesAreMeasuredInBytesTogether() {
        DescribeExecutionResponse execution =
                STAND.run(
                        Stand.machine(
                                """
                                "A": {"Type": "Pass", "End": true, "Assign":
                                  {"a": "{% $states.input %}", "b": "{% $states.input %}"}}
                                """),
                        "\"" + "é".repeat(80_000) + "\"");

        assertThat(execution.error()).isEqualTo("States.DataLimitExceeded");
    }

    @Test
    void aHistoryThatIsFullEndsTheExecution() {
        String arn =
                STAND.start(
                        Stand.machine(
                                """
                                "A": {"Type": "Pass", "Next": "B"},
                                "B": {"Type": "Choice", "Default": "A",
                                  "Choices": [{"Condition": false, "Next": "C"}]},
                                "C": {"Type": "Succeed"}
                                """),
                        "{}");

        DescribeExecutionResponse execution = STAND.ended(arn);

        assertThat(execution.error()).isEqualTo("States.Runtime");
        assertThat(execution.cause()).contains("25000");
        assertThat(STAND.engine.execution(arn).events()).hasSize(25_000);
    }

    @Test
    void theOldestFinishedExecutionsMakeRoomAndRunningOnesStay() {
        Stand stand = new Stand(3);
        String waiting =
                stand.start(
                        Stand.machine("\"A\":{\"Type\":\"Wait\",\"Seconds\":60,\"End\":true}"),
                        "{}");
        String machine = stand.create(Stand.machine("\"A\":{\"Type\":\"Pass\",\"End\":true}"));
        List<String> finished = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            String arn = stand.sfn.startExecution(r -> r.stateMachineArn(machine)).executionArn();
            stand.ended(arn);
            finished.add(arn);
        }

        assertThatThrownBy(() -> stand.describe(finished.get(1)))
                .isInstanceOf(ExecutionDoesNotExistException.class);
        assertThat(stand.describe(finished.get(2)).status()).isEqualTo(ExecutionStatus.SUCCEEDED);
        assertThat(stand.describe(waiting).status()).isEqualTo(ExecutionStatus.RUNNING);
        stand.close();
    }
}
