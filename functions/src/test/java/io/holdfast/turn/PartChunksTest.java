package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.NullNode;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.MessageFold;
import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.MessagePart.ToolState;
import io.holdfast.chunk.ToolPartCases;
import io.holdfast.platform.Json;
import io.holdfast.platform.MessageId;
import io.holdfast.stream.ChunkTexts;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class PartChunksTest {

    @Test
    void theChunksOfAToolMakeItAgainInEveryState() {
        for (MessagePart.Tool tool : ToolPartCases.ALL) {
            assertThat(folded(List.of(tool))).containsExactly(tool);
        }
    }

    @Test
    void theChunksOfAnyPartsMakeThemAgain() {
        for (long seed = 0; seed < 500; seed++) {
            List<MessagePart> parts = parts(new Random(seed));
            assertThat(folded(parts)).as("seed %d", seed).isEqualTo(parts);
        }
    }

    @Test
    void anInputThatNobodyCouldReadIsSentAsNull() {
        MessagePart.Tool tool =
                new MessagePart.Tool(
                        "c",
                        "pay",
                        true,
                        ToolState.OUTPUT_ERROR,
                        null,
                        null,
                        null,
                        false,
                        "no",
                        null);
        assertThat(PartChunks.of(List.of(tool)))
                .containsExactly(
                        new Chunk.ToolInputError("c", "pay", true, NullNode.getInstance(), "no"));
    }

    @Test
    void aRefusedInputKeepsItsApproval() {
        MessagePart.Tool tool =
                new MessagePart.Tool(
                        "c",
                        "pay",
                        false,
                        ToolState.OUTPUT_ERROR,
                        null,
                        null,
                        null,
                        false,
                        "no",
                        new MessagePart.Approval("a", true, null, null));
        assertThat(folded(List.of(tool))).containsExactly(tool);
    }

    @Test
    void aDenialSaysFirstWhatWasAskedAndAnswered() {
        MessagePart.Tool tool =
                new MessagePart.Tool(
                        "c",
                        "pay",
                        false,
                        ToolState.OUTPUT_DENIED,
                        Json.object(),
                        null,
                        null,
                        false,
                        null,
                        new MessagePart.Approval("a", false, "No.", "It costs."));
        assertThat(PartChunks.of(List.of(tool)))
                .containsExactly(
                        new Chunk.ToolInputAvailable("c", "pay", false, Json.object()),
                        new Chunk.ToolApprovalRequest("a", "c", "It costs."),
                        new Chunk.ToolApprovalResponse("a", false, "No."),
                        new Chunk.ToolOutputDenied("c"));
    }

    private static List<MessagePart> parts(Random random) {
        List<MessagePart> parts = new ArrayList<>();
        int count = random.nextInt(8);
        for (int at = 0; at < count; at++) {
            parts.add(
                    switch (random.nextInt(4)) {
                        case 0 -> new MessagePart.StepStart();
                        case 1 -> new MessagePart.Text("text " + at);
                        case 2 -> new MessagePart.Reasoning("own" + at, "hm", null);
                        default -> named("call-" + at, random);
                    });
        }
        return parts;
    }

    private static MessagePart.Tool named(String id, Random random) {
        MessagePart.Tool tool = ToolPartCases.ALL.get(random.nextInt(ToolPartCases.ALL.size()));
        MessagePart.Approval asked = tool.approval();
        return new MessagePart.Tool(
                id,
                tool.toolName(),
                tool.dynamic(),
                tool.state(),
                tool.input(),
                tool.rawInput(),
                tool.output(),
                tool.preliminary(),
                tool.errorText(),
                asked == null
                        ? null
                        : new MessagePart.Approval(
                                "of-" + id,
                                asked.approved(),
                                asked.reason(),
                                asked.requestReason()));
    }

    /** As the stream carries them. */
    private static List<MessagePart> folded(List<MessagePart> parts) {
        MessageFold fold = new MessageFold(new MessageId("m"));
        ChunkTexts.of(PartChunks.of(parts)).forEach(text -> fold.accept(ChunkJson.read(text)));
        return fold.message().parts();
    }
}
