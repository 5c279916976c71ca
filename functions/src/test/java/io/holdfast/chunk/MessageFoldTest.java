package io.holdfast.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.MessageId;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The cases of {@code fold-cases.json} were folded by the AI SDK itself ({@code
 * readUIMessageStream} of npm {@code ai} 7.0.173). One thing differs: where a part was never ended,
 * the SDK's {@code state} is {@code streaming}, and what is stored says {@code done}.
 */
class MessageFoldTest {

    @TestFactory
    Stream<DynamicTest> foldsAsTheAiSdkDoes() throws IOException {
        try (InputStream in =
                Objects.requireNonNull(getClass().getResourceAsStream("fold-cases.json"))) {
            return Json.MAPPER
                    .readTree(in)
                    .valueStream()
                    .map(one -> DynamicTest.dynamicTest(one.get("name").asText(), () -> check(one)))
                    .toList()
                    .stream();
        }
    }

    private static void check(JsonNode one) {
        if (one.path("refused").asBoolean()) {
            assertThatThrownBy(() -> fold(one)).isInstanceOf(InvalidChunkException.class);
        } else {
            assertThat(UiMessageJson.write(fold(one).message())).isEqualTo(one.get("message"));
        }
    }

    private static MessageFold fold(JsonNode one) {
        MessageFold fold = new MessageFold(new MessageId("msg-0"));
        one.get("chunks").forEach(chunk -> fold.accept(ChunkJson.read(Json.write(chunk))));
        return fold;
    }

    @Test
    void theMessageCanBeSeenWhileItGrows() {
        MessageFold fold = new MessageFold(new MessageId("msg-0"));
        fold.accept(new Chunk.TextStart("t"));
        fold.accept(new Chunk.TextDelta("t", "a"));
        UiMessage early = fold.message();
        fold.accept(new Chunk.TextDelta("t", "b"));
        assertThat(early.text()).isEqualTo("a");
        assertThat(fold.message().text()).isEqualTo("ab");
    }

    @Test
    void thePartsOfAStepAreThoseAfterItsStart() {
        MessageFold fold = new MessageFold(new MessageId("msg-0"));
        assertThat(fold.stepParts()).isEmpty();
        List.of(
                        new Chunk.StartStep(),
                        new Chunk.TextStart("t"),
                        new Chunk.TextDelta("t", "first"),
                        new Chunk.TextEnd("t"),
                        new Chunk.FinishStep(),
                        new Chunk.StartStep(),
                        new Chunk.TextStart("t"),
                        new Chunk.TextDelta("t", "second"))
                .forEach(fold::accept);
        assertThat(fold.stepParts()).containsExactly(new MessagePart.Text("second"));
        fold.accept(new Chunk.ResetStep());
        assertThat(fold.stepParts()).isEmpty();
        assertThat(fold.message().text()).isEqualTo("first");
    }

    @Test
    void metadataThatIsNoObjectIsRefused() {
        MessageFold fold = new MessageFold(new MessageId("msg-0"));
        assertThatThrownBy(
                        () ->
                                fold.accept(
                                        new Chunk.Finish(
                                                FinishReason.STOP,
                                                Json.MAPPER.getNodeFactory().textNode("x"))))
                .isInstanceOf(InvalidChunkException.class)
                .hasMessage("finish: messageMetadata must be an object");
    }
}
