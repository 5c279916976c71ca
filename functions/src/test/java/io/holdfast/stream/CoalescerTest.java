package io.holdfast.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.FinishReason;
import io.holdfast.platform.Json;
import io.holdfast.platform.RequestId;

import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

class CoalescerTest {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
    private final Coalescer coalescer = new Coalescer(CoalesceSettings.DEFAULT);

    @Test
    void aPartBeginsTogetherWithItsFirstDeltaWhichWaitsForNothing() {
        assertThat(coalescer.add(new Chunk.TextStart("t"), at(0))).isFalse();
        assertThat(coalescer.due()).isEqualTo(at(40));
        assertThat(coalescer.add(text("a"), at(5))).isTrue();
        assertThat(drain(5)).containsExactly(new Chunk.TextStart("t"), text("a"));
        assertThat(coalescer.due()).isNull();
    }

    @Test
    void deltasOfOnePartMergeForAWindow() {
        coalescer.add(text("a"), at(0));
        drain(0);
        assertThat(coalescer.add(text("b"), at(10))).isFalse();
        assertThat(coalescer.add(text("c"), at(20))).isFalse();
        assertThat(coalescer.due()).isEqualTo(at(10 + 60));
        assertThat(drain(70)).containsExactly(text("bc"));
    }

    @Test
    void deltasOfDifferentPartsStayApart() {
        coalescer.add(text("a"), at(0));
        drain(0);
        coalescer.add(text("b"), at(1));
        coalescer.add(new Chunk.ReasoningDelta("t", "r"), at(2));
        coalescer.add(new Chunk.TextDelta("u", "c"), at(3));
        coalescer.add(new Chunk.TextDelta("u", "d"), at(4));
        assertThat(drain(50))
                .containsExactly(
                        text("b"),
                        new Chunk.ReasoningDelta("t", "r"),
                        new Chunk.TextDelta("u", "cd"));
    }

    @Test
    void theInputOfACallMergesLikeText() {
        assertThat(coalescer.add(new Chunk.ToolInputStart("c", "pay", false), at(0))).isFalse();
        assertThat(coalescer.add(input("c", "{"), at(5))).isTrue();
        assertThat(drain(5))
                .containsExactly(new Chunk.ToolInputStart("c", "pay", false), input("c", "{"));
        assertThat(coalescer.add(input("c", "\"a\""), at(10))).isFalse();
        assertThat(coalescer.add(input("c", ":1"), at(11))).isFalse();
        assertThat(coalescer.add(input("d", "{}"), at(12))).isFalse();
        assertThat(coalescer.add(new Chunk.TextDelta("d", "t"), at(13))).isFalse();
        assertThat(drain(70))
                .containsExactly(
                        input("c", "\"a\":1"), input("d", "{}"), new Chunk.TextDelta("d", "t"));
    }

    @Test
    void theStartOfACallWaitsForItsWindow() {
        coalescer.add(text("a"), at(0));
        drain(0);
        assertThat(coalescer.add(new Chunk.ToolInputStart("c", "pay", true), at(1))).isFalse();
        assertThat(coalescer.due()).isEqualTo(at(1 + 60));
    }

    @Test
    void allElseThatIsSaidOfACallIsWrittenAtOnce() {
        List<Chunk> chunks =
                List.of(
                        new Chunk.ToolInputAvailable("c", "pay", false, Json.object()),
                        new Chunk.ToolInputError("c", "pay", false, Json.object(), "no"),
                        new Chunk.ToolApprovalRequest("a", "c", null),
                        new Chunk.ToolApprovalResponse("a", true, null),
                        new Chunk.ToolOutputAvailable("c", Json.object(), true),
                        new Chunk.ToolOutputError("c", "no"),
                        new Chunk.ToolOutputDenied("c"),
                        new Chunk.MessageMetadata(Json.object()));
        coalescer.add(text("a"), at(0));
        drain(0);
        coalescer.add(input("c", "{"), at(1));
        for (Chunk chunk : chunks) {
            assertThat(coalescer.add(chunk, at(1))).isTrue();
        }
        assertThat(drain(1)).startsWith(input("c", "{")).endsWith(chunks.toArray(new Chunk[0]));
    }

    @Test
    void aLongInputIsCutSoThatEachFrameFits() {
        String text = "\"ü\uD83D\uDC4B\\".repeat(20_000);
        coalescer.add(input("c", text), at(0));
        List<String> chunks = coalescer.drain(at(0)).chunks();
        assertThat(chunks)
                .hasSizeGreaterThan(5)
                .allSatisfy(
                        chunk ->
                                assertThat(
                                                Frames.chunk(
                                                        new RequestId("r".repeat(128)),
                                                        Long.MAX_VALUE,
                                                        chunk))
                                        .hasSizeLessThan(Frames.MAX_BYTES));
        assertThat(
                        chunks.stream()
                                .map(
                                        chunk ->
                                                ((Chunk.ToolInputDelta) ChunkJson.read(chunk))
                                                        .inputTextDelta())
                                .collect(Collectors.joining()))
                .isEqualTo(text);
    }

    @Test
    void anOutputThatFitsNoFrameIsRefused() {
        assertThatThrownBy(
                        () ->
                                coalescer.add(
                                        new Chunk.ToolOutputAvailable(
                                                "c",
                                                Json.object().put("secret", "s".repeat(40_000)),
                                                false),
                                        at(0)))
                .isInstanceOf(ChunkTooLargeException.class)
                .hasMessageMatching("ToolOutputAvailable of \\d+ bytes fits no frame");
    }

    @Test
    void anyOtherChunkTakesAlongWhatWaits() {
        coalescer.add(text("a"), at(0));
        drain(0);
        coalescer.add(text("b"), at(1));
        assertThat(coalescer.add(new Chunk.TextEnd("t"), at(2))).isTrue();
        assertThat(coalescer.add(new Chunk.FinishStep(), at(2))).isTrue();
        assertThat(drain(2))
                .containsExactly(text("b"), new Chunk.TextEnd("t"), new Chunk.FinishStep());
    }

    @Test
    void aDeltaAfterASilenceWaitsForNothing() {
        coalescer.add(text("a"), at(0));
        drain(0);
        assertThat(coalescer.add(text("b"), at(61))).isTrue();
    }

    @Test
    void muchTextWaitsForNothing() {
        coalescer.add(text("a"), at(0));
        drain(0);
        assertThat(coalescer.add(text("x".repeat(2000)), at(1))).isFalse();
        assertThat(coalescer.add(text("y".repeat(48)), at(1))).isTrue();
    }

    @Test
    void theWindowGrowsToItsLimit() {
        List<Long> windows = new ArrayList<>();
        long time = 0;
        for (int i = 0; i < 12; i++) {
            coalescer.add(text("a"), at(time));
            windows.add(Duration.between(at(time), coalescer.due()).toMillis());
            drain(time);
        }
        assertThat(windows).startsWith(40L, 60L, 90L, 135L).endsWith(170L, 170L).isSorted();
    }

    @Test
    void longTextIsCutSoThatEachFrameFits() {
        String text = "\u0001\"ü\uD83D\uDC4B".repeat(20_000);
        assertThat(coalescer.add(text(text), at(0))).isTrue();
        List<String> chunks = coalescer.drain(at(0)).chunks();
        RequestId longest = new RequestId("\"".repeat(128));
        assertThat(chunks)
                .hasSizeGreaterThan(10)
                .allSatisfy(
                        chunk ->
                                assertThat(Frames.chunk(longest, Long.MAX_VALUE, chunk))
                                        .hasSizeLessThan(Frames.MAX_BYTES));
        assertThat(
                        chunks.stream()
                                .map(chunk -> ((Chunk.TextDelta) ChunkJson.read(chunk)).delta())
                                .collect(Collectors.joining()))
                .isEqualTo(text);
    }

    @Test
    void deltasThatMergeNeverPassTheLimitTogether() {
        Coalescer patient =
                new Coalescer(
                        new CoalesceSettings(
                                Duration.ofHours(1), Duration.ofHours(1), 1, 1_000_000));
        patient.add(text("a"), at(0));
        patient.drain(at(0));
        for (int i = 0; i < 100; i++) {
            patient.add(text("x".repeat(1000)), at(1));
        }
        assertThat(patient.drain(at(1)).chunks())
                .hasSize(5)
                .allSatisfy(chunk -> assertThat(chunk).hasSizeLessThan(25_000));
    }

    @Test
    void anEmptyDeltaIsNothing() {
        assertThat(coalescer.add(text(""), at(0))).isFalse();
        assertThat(coalescer.due()).isNull();
        assertThat(drain(0)).isEmpty();
    }

    @Test
    void aChunkThatFitsNoFrameIsRefusedWithoutItsContent() {
        assertThatThrownBy(() -> coalescer.add(new Chunk.Failure("secret".repeat(10_000)), at(0)))
                .isInstanceOf(ChunkTooLargeException.class)
                .hasMessageMatching("Failure of \\d+ bytes fits no frame");
        coalescer.add(new Chunk.Finish(FinishReason.STOP, Json.object().put("ok", true)), at(0));
        assertThat(drain(0)).hasSize(1);
    }

    @Test
    void itTellsWhereAStepBegins() {
        coalescer.add(new Chunk.StartStep(), at(0));
        assertThat(coalescer.drain(at(0)).holdsStartStep()).isTrue();
        coalescer.add(new Chunk.FinishStep(), at(0));
        assertThat(coalescer.drain(at(0)).holdsStartStep()).isFalse();
    }

    private static Chunk.TextDelta text(String delta) {
        return new Chunk.TextDelta("t", delta);
    }

    private static Chunk.ToolInputDelta input(String call, String delta) {
        return new Chunk.ToolInputDelta(call, delta);
    }

    private static Instant at(long millis) {
        return NOW.plusMillis(millis);
    }

    private List<Chunk> drain(long millis) {
        return coalescer.drain(at(millis)).chunks().stream().map(ChunkJson::read).toList();
    }
}
