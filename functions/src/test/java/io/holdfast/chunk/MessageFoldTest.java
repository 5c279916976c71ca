package io.holdfast.chunk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

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
 * readUIMessageStream} of npm {@code ai} 7.0.173). Two things differ: where a part was never ended,
 * the SDK's {@code state} is {@code streaming}, and what is stored says {@code done}; and while an
 * input streams, the SDK also guesses what it will be, and what is stored has its text alone.
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
            JsonNode expected = one.get("message");
            for (JsonNode part : expected.get("parts")) {
                if (part.path("state").asText().equals("input-streaming")) {
                    ((ObjectNode) part).remove("input");
                }
            }
            assertThat(UiMessageJson.write(fold(one).message())).isEqualTo(expected);
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

    @Test
    void aCallThatBeganHasNoTextBeforeItsFirstDelta() {
        MessageFold fold = new MessageFold(new MessageId("msg-0"));
        fold.accept(new Chunk.ToolInputStart("c", "weather", false));
        assertThat(only(fold).rawInput()).isNull();
        fold.accept(new Chunk.ToolInputDelta("c", "{"));
        MessagePart.Tool early = only(fold);
        fold.accept(new Chunk.ToolInputDelta("c", "}"));
        assertThat(early.rawInput()).isEqualTo("{");
        assertThat(only(fold).rawInput()).isEqualTo("{}");
        assertThat(only(fold).input()).isNull();
        fold.accept(new Chunk.ToolInputAvailable("c", "weather", false, Json.object()));
        assertThat(only(fold).rawInput()).isNull();
    }

    @Test
    void aRefusedInputOfNullCouldNotBeRead() {
        MessageFold fold = new MessageFold(new MessageId("msg-0"));
        fold.accept(new Chunk.ToolInputError("c", "weather", true, NullNode.getInstance(), "no"));
        assertThat(only(fold))
                .isEqualTo(
                        new MessagePart.Tool(
                                "c",
                                "weather",
                                true,
                                MessagePart.ToolState.OUTPUT_ERROR,
                                null,
                                null,
                                null,
                                false,
                                "no",
                                null));
    }

    @Test
    void whatBelongsToAnotherStateGoes() {
        MessageFold fold = new MessageFold(new MessageId("msg-0"));
        fold.accept(new Chunk.ToolInputAvailable("c", "weather", false, Json.object()));
        fold.accept(new Chunk.ToolOutputAvailable("c", Json.object(), true));
        fold.accept(new Chunk.ToolOutputDenied("c"));
        assertThat(only(fold).output()).isNull();
        assertThat(only(fold).preliminary()).isFalse();
    }

    @Test
    void whatIsRefusedIsNotQuoted() {
        MessageFold fold = new MessageFold(new MessageId("msg-0"));
        assertThatThrownBy(() -> fold.accept(new Chunk.ToolOutputError("secret", "secret")))
                .isInstanceOf(InvalidChunkException.class)
                .hasMessage("tool-output-error for an unknown call");
    }

    private static MessagePart.Tool only(MessageFold fold) {
        assertThat(fold.message().parts()).hasSize(1);
        return (MessagePart.Tool) fold.message().parts().getFirst();
    }
}
