package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.FinishReason;
import io.holdfast.chunk.MessagePart;
import io.holdfast.model.ModelEvent;
import io.holdfast.platform.Json;
import io.holdfast.stream.TurnWriter;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

final class StepScribeTest {
    private final StepScribe scribe = new StepScribe(Gates.TURN, 2, Gates.of());
    private final List<Chunk> chunks = new ArrayList<>();

    @Test
    void framesTextByItsStartAndEnd() {
        hear(
                new ModelEvent.Text(0, "Hel"),
                new ModelEvent.Text(0, "lo"),
                new ModelEvent.BlockEnd(0));

        assertThat(chunks)
                .containsExactly(
                        new Chunk.TextStart("s2b0"),
                        new Chunk.TextDelta("s2b0", "Hel"),
                        new Chunk.TextDelta("s2b0", "lo"),
                        new Chunk.TextEnd("s2b0"));
    }

    @Test
    void keepsTheSignatureOfReasoning() {
        hear(
                new ModelEvent.Reasoning(0, "Hm."),
                new ModelEvent.ReasoningSignature(0, "sig"),
                new ModelEvent.BlockEnd(0),
                new ModelEvent.Text(1, "Yes."));
        chunks.addAll(scribe.end());

        assertThat(chunks)
                .containsSequence(
                        new Chunk.ReasoningDelta("s2b0", "Hm."),
                        new Chunk.ReasoningEnd(
                                "s2b0", Json.readStored("{\"bedrock\":{\"signature\":\"sig\"}}")));
        assertThat(result("m").parts())
                .hasSize(2)
                .first()
                .isInstanceOf(MessagePart.Reasoning.class);
    }

    @Test
    void closesWhatTheModelLeftOpen() {
        hear(new ModelEvent.Text(0, "cut"));
        chunks.addAll(scribe.end());

        assertThat(chunks).endsWith(new Chunk.TextEnd("s2b0"), new Chunk.FinishStep());
    }

    @Test
    void remembersWhyItEndedAndWhatWasSaid() {
        hear(new ModelEvent.Text(0, "a"), new ModelEvent.Stop(FinishReason.LENGTH));
        chunks.addAll(scribe.end());

        StepResult result = result("m");
        assertThat(result.parts()).containsExactly(new MessagePart.Text("a"));
        assertThat(result.first()).isEqualTo(5);
        assertThat(result.end()).isEqualTo(5 + chunks.size());
        assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
    }

    @Test
    void tellsARefusalFromAnAnswerThatWasCutOff() {
        hear(new ModelEvent.Stop(FinishReason.CONTENT_FILTER));
        assertThat(scribe.isRefusal()).isTrue();

        hear(new ModelEvent.Text(0, "I cannot help with that."));
        assertThat(scribe.isRefusal()).isFalse();
    }

    private StepResult result(String model) {
        return scribe.result(
                model,
                Ledger.EMPTY,
                new TurnWriter.Written(5, chunks.stream().map(ChunkJson::write).toList()));
    }

    private void hear(ModelEvent... events) {
        for (ModelEvent event : events) {
            chunks.addAll(scribe.take(event));
        }
    }
}
