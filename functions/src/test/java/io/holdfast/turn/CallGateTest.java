package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.time.Duration;

final class CallGateTest {
    private final CallGate gate = Gates.of();

    @Test
    void letsWhatIsHarmlessRun() {
        assertThat(gate.decide(0, "id", "echo", "{\"value\":1}").gate())
                .isEqualTo(new NewCall.Gate.Open());
    }

    @Test
    void asksAboutWhatIsDearWithTheArgumentsThatAreShown() {
        NewCall call = gate.decide(3, "id", "transfer", "{\"to\":\"bob\",\"amount\":5.0}");

        assertThat(call.gate())
                .isInstanceOfSatisfying(
                        NewCall.Gate.Ask.class,
                        ask -> {
                            assertThat(ask.approval().id())
                                    .as("the turn, step, attempt and index")
                                    .isEqualTo("approval-turn_12345678-2-1-3");
                            assertThat(ask.approval().inputHash())
                                    .isEqualTo(
                                            InputHash.of(
                                                    Json.object()
                                                            .put("amount", 5)
                                                            .put("to", "bob")));
                            assertThat(ask.approval().expires()).isEqualTo(Duration.ofDays(7));
                            assertThat(ask.reason()).contains("transfer").contains("high");
                        });
        assertThat(call.id()).isEqualTo(new CallId(2, 3));
    }

    @Test
    void asksAboutTheInputAsItIsShownThoughTheToolGetsMore() {
        String to = "{\"to\":\"" + "x".repeat(50_000) + "\",\"amount\":1}";
        NewCall call = gate.decide(0, "id", "transfer", to);

        assertThat(call.input().path("to").textValue()).hasSize(50_000);
        assertThat(((NewCall.Gate.Ask) call.gate()).approval().inputHash())
                .isEqualTo(InputHash.of(Shown.input(call.input(), Gates.TURN, "id")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "{\"value\":1} {}",
                "{value:1}",
                "[1]",
                "7",
                "{\"value\":1,\"more\":2}",
                "{\"other\":1}"
            })
    void refusesInputsThatTheToolDoesNotTake(String input) {
        NewCall call = gate.decide(0, "id", "echo", input);

        assertThat(call.gate())
                .isInstanceOfSatisfying(
                        NewCall.Gate.Refused.class,
                        refused -> assertThat(refused.message()).isNotBlank());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n", "null"})
    void takesNothingForNoArguments(String input) {
        assertThat(gate.decide(0, "id", "echo", input).gate())
                .isInstanceOfSatisfying(
                        NewCall.Gate.Refused.class,
                        refused -> assertThat(refused.message()).contains("value"));
    }

    @Test
    void keepsWhatItCouldReadOfARefusedCall() {
        assertThat(gate.decide(0, "id", "echo", "{\"other\":1}").input())
                .isEqualTo(Json.object().put("other", 1));
        assertThat(gate.decide(0, "id", "echo", "[1]").input()).isEqualTo(Json.object());
    }

    @Test
    void namesNoSchemaOfATooLongInput() {
        String input = "{\"value\":\"" + "x".repeat(CallGate.MAX_INPUT_CHARACTERS) + "\"}";

        assertThat(gate.decide(0, "id", "echo", input).gate())
                .isEqualTo(new NewCall.Gate.Refused("The input is too long."));
    }

    @Test
    void takesTheLongestInput() {
        String around = "{\"value\":\"\"}";
        String input =
                around.replace(
                        "\"\"",
                        "\"" + "x".repeat(CallGate.MAX_INPUT_CHARACTERS - around.length()) + "\"");

        assertThat(input).hasSize(CallGate.MAX_INPUT_CHARACTERS);
        assertThat(gate.decide(0, "id", "echo", input).gate()).isEqualTo(new NewCall.Gate.Open());
    }

    @Test
    void refusesTooDeepAnInputInWords() {
        String deep = "{\"value\":" + "[".repeat(5_000) + "]".repeat(5_000) + "}";

        assertThat(gate.decide(0, "id", "echo", deep).gate())
                .isEqualTo(new NewCall.Gate.Refused("The input is not valid JSON."));
    }
}
