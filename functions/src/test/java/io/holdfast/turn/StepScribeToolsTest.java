package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.FinishReason;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.MessagePart.ToolState;
import io.holdfast.model.ModelEvent;
import io.holdfast.platform.Json;
import io.holdfast.stream.TurnWriter;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

final class StepScribeToolsTest {
    private final StepScribe scribe = new StepScribe(Gates.TURN, 2, Gates.of());
    private final List<Chunk> chunks = new ArrayList<>();

    @Test
    void showsACallAsItsInputComes() {
        ask(0, "echo", "{\"value\"", ": 1", "}");

        ObjectNode input = Json.object().put("value", 1);
        assertThat(chunks)
                .containsExactly(
                        new Chunk.ToolInputStart("id0", "echo", false),
                        new Chunk.ToolInputDelta("id0", "{\"value\""),
                        new Chunk.ToolInputDelta("id0", ": 1"),
                        new Chunk.ToolInputDelta("id0", "}"),
                        new Chunk.ToolInputAvailable("id0", "echo", false, input));
        assertThat(scribe.calls())
                .containsExactly(
                        new NewCall(
                                new CallId(2, 0),
                                "id0",
                                "echo",
                                false,
                                input,
                                new NewCall.Gate.Open()));
    }

    @Test
    void showsNoSecretHoweverItIsCut() {
        ask(0, "echo", "{\"value\":{\"pass", "word\":\"hun", "ter2\",\"user\":\"al", "ice\"}}");

        String shown = shownInput();
        assertThat(shown).isEqualTo("{\"value\":{\"password\":\"[redacted]\",\"user\":\"alice\"}}");
        assertThat(chunks.stream().map(ChunkJson::write)).noneMatch(json -> json.contains("hun"));
        assertThat(available().input()).isEqualTo(Json.readStored(shown));
        assertThat(scribe.calls().getFirst().input().path("value").path("password").textValue())
                .as("what the tool gets")
                .isEqualTo("hunter2");
    }

    @Test
    void takesNoInputAtAllForNoArguments() {
        ask(0, "transfer");

        assertThat(chunks.getLast())
                .isInstanceOfSatisfying(
                        Chunk.ToolInputError.class,
                        error -> {
                            assertThat(error.errorText()).contains("to").contains("amount");
                            assertThat(error.input()).isEqualTo(Json.object());
                        });
    }

    @Test
    void refusesWhatIsNoJsonAndShowsHowItBegins() {
        ask(0, "echo", "{\"value\": 1, oh no");

        assertThat(chunks.getLast())
                .isEqualTo(
                        new Chunk.ToolInputError(
                                "id0",
                                "echo",
                                false,
                                TextNode.valueOf("{\"value\": 1, "),
                                "The input is not valid JSON."));
        assertThat(scribe.calls().getFirst().gate()).isInstanceOf(NewCall.Gate.Refused.class);
        end();
        assertThat(result().finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
    }

    @Test
    void cutsNoCharacterInHalfWhereItCutsWhatIsNoJson() {
        // Two thousand characters end within one of these.
        ask(0, "echo", "{\"value\":\"" + "x" + "𝄞".repeat(1_100));

        assertThat(chunks.getLast())
                .isInstanceOfSatisfying(
                        Chunk.ToolInputError.class,
                        error -> {
                            String shown = error.input().textValue();
                            assertThat(shown).hasSizeBetween(1_998, 2_000);
                            assertThat(Character.isHighSurrogate(shown.charAt(shown.length() - 1)))
                                    .isFalse();
                        });
    }

    @Test
    void refusesATextInPlaceOfAnObject() {
        ask(0, "echo", "\"value\"");

        assertThat(chunks.getLast())
                .isInstanceOfSatisfying(
                        Chunk.ToolInputError.class,
                        error -> {
                            assertThat(error.errorText()).contains("must be a JSON object");
                            assertThat(error.input()).isEqualTo(TextNode.valueOf("\"value\""));
                        });
    }

    @Test
    void refusesAToolThatThereIsNot() {
        ask(0, "teleport", "{\"to\":\"Mars\"}");

        assertThat(chunks.getLast())
                .isEqualTo(
                        new Chunk.ToolInputError(
                                "id0",
                                "teleport",
                                false,
                                Json.object().put("to", "Mars"),
                                "There is no such tool."));
        end();
        assertThat(result().parts())
                .singleElement()
                .isInstanceOfSatisfying(
                        MessagePart.Tool.class,
                        tool -> assertThat(tool.state()).isEqualTo(ToolState.OUTPUT_ERROR));
    }

    @Test
    void refusesMoreCallsThanAMapRuns() {
        for (int block = 0; block < 40; block++) {
            ask(block, "echo", "{\"value\":" + block + "}");
        }

        List<NewCall> calls = scribe.calls();
        assertThat(calls.get(CallGate.MAX_CALLS - 1).gate()).isEqualTo(new NewCall.Gate.Open());
        assertThat(calls.get(CallGate.MAX_CALLS).gate())
                .isEqualTo(new NewCall.Gate.Refused("Too many calls at once: at most 32."));
    }

    @Test
    void keepsNoMoreCallsThanATransactionHolds() {
        for (int block = 0; block < 300; block++) {
            ask(block, "echo", "{\"value\":" + block + "}");
        }
        end();

        // DynamoDB takes 100 writes at once: the step, its slices and its calls.
        assertThat(scribe.calls()).hasSizeLessThanOrEqualTo(80);
        assertThat(chunks.stream().filter(Chunk.ToolInputStart.class::isInstance))
                .as("each that is shown is there")
                .hasSameSizeAs(scribe.calls());
    }

    @Test
    void stopsListeningToAnInputWithoutEnd() {
        String piece = "\"" + "x".repeat(10_000) + "\",";
        String[] pieces = new String[30];
        java.util.Arrays.fill(pieces, piece);
        pieces[0] = "{\"value\":[";
        ask(0, "echo", pieces);

        assertThat(shownInput().length()).isLessThan(CallGate.MAX_INPUT_CHARACTERS + 20_000);
        assertThat(chunks.getLast())
                .isInstanceOfSatisfying(
                        Chunk.ToolInputError.class,
                        error -> assertThat(error.errorText()).isEqualTo("The input is too long."));
    }

    @Test
    void asksAHumanBeforeTheStepEnds() {
        ask(0, "transfer", "{\"to\":\"bob\",\"amount\":5}");
        ask(1, "echo", "{\"value\":1}");
        hear(new ModelEvent.Stop(FinishReason.STOP));
        end();

        NewCall call = scribe.calls().getFirst();
        assertThat(call.gate())
                .isInstanceOfSatisfying(
                        NewCall.Gate.Ask.class,
                        ask -> {
                            assertThat(ask.approval().inputHash())
                                    .isEqualTo(InputHash.of(call.input()));
                            assertThat(chunks)
                                    .endsWith(
                                            new Chunk.ToolApprovalRequest(
                                                    ask.approval().id(), "id0", ask.reason()),
                                            new Chunk.FinishStep());
                        });
        assertThat(result().finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
        assertThat(result().parts())
                .extracting(part -> ((MessagePart.Tool) part).state())
                .containsExactly(ToolState.APPROVAL_REQUESTED, ToolState.INPUT_AVAILABLE);
    }

    @Test
    void completesACallThatTheModelLeftOpen() {
        hear(
                new ModelEvent.ToolUse(0, "id0", "echo"),
                new ModelEvent.ToolInput(0, "{\"value\":1}"));
        end();

        assertThat(chunks).contains(available()).endsWith(new Chunk.FinishStep());
        assertThat(scribe.calls()).hasSize(1);
    }

    @Test
    void countsNoCallsOfAStepWithoutAny() {
        hear(new ModelEvent.Text(0, "hi"), new ModelEvent.Stop(FinishReason.TOOL_CALLS));
        end();

        assertThat(scribe.calls()).isEmpty();
        assertThat(result().finishReason()).isEqualTo(FinishReason.TOOL_CALLS);
    }

    @Test
    void previewsAnInputThatFitsNoFrame() {
        ask(0, "echo", "{\"value\":\"" + "x".repeat(50_000) + "\"}");

        assertThat(available().input().path("type").textValue()).isEqualTo("preview");
        assertThat(scribe.calls().getFirst().input().path("value").textValue()).hasSize(50_000);
    }

    private void ask(int block, String tool, String... input) {
        hear(new ModelEvent.ToolUse(block, "id" + block, tool));
        for (String delta : input) {
            hear(new ModelEvent.ToolInput(block, delta));
        }
        hear(new ModelEvent.BlockEnd(block));
    }

    private Chunk.ToolInputAvailable available() {
        return chunks.stream()
                .filter(Chunk.ToolInputAvailable.class::isInstance)
                .map(Chunk.ToolInputAvailable.class::cast)
                .findFirst()
                .orElseThrow();
    }

    private String shownInput() {
        StringBuilder shown = new StringBuilder();
        for (Chunk chunk : chunks) {
            if (chunk instanceof Chunk.ToolInputDelta(String id, String delta)) {
                shown.append(delta);
            }
        }
        return shown.toString();
    }

    private void end() {
        chunks.addAll(scribe.end());
    }

    private StepResult result() {
        return scribe.result(
                "m",
                Ledger.EMPTY,
                new TurnWriter.Written(0, chunks.stream().map(ChunkJson::write).toList()));
    }

    private void hear(ModelEvent... events) {
        for (ModelEvent event : events) {
            chunks.addAll(scribe.take(event));
        }
    }
}
