package io.holdfast.turn;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.holdfast.chunk.Chunk;
import io.holdfast.chunk.ChunkJson;
import io.holdfast.platform.Json;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

final class ShownTest {

    @Test
    void showsWhatFitsAsItIs() {
        // The quotes count.
        JsonNode longest = TextNode.valueOf("x".repeat(Shown.MAX_BYTES - 2));

        assertThat(output(longest)).isSameAs(longest);
        assertThat(output(TextNode.valueOf("x".repeat(Shown.MAX_BYTES - 1))).path("type"))
                .isEqualTo(TextNode.valueOf("preview"));
    }

    @Test
    void countsBytesAndNotCharacters() {
        JsonNode wide = TextNode.valueOf("€".repeat(10_000));

        assertThat(output(wide).path("bytes").asInt()).isEqualTo(30_002);
    }

    @Test
    void previewsTheBeginningOfATextOrOfItsJson() {
        assertThat(output(TextNode.valueOf("abc".repeat(10_000))).path("preview").textValue())
                .hasSize(2_000)
                .startsWith("abcabc");
        JsonNode list = Json.object().put("list", "abc".repeat(10_000));
        assertThat(output(list).path("preview").textValue()).startsWith("{\"list\":\"abcabc");
    }

    @Test
    void saysWhereTheRestIs() {
        assertThat(output(TextNode.valueOf("x".repeat(50_000))).path("url").textValue())
                .isEqualTo("/turns/turn_12345678/calls/call-1");
    }

    @Test
    void cutsNoCharacterInHalf() {
        String text = "x" + "𝄞".repeat(20_000);

        assertThat(output(TextNode.valueOf(text)).path("preview").textValue())
                .isEqualTo(text.substring(0, 1_999));
    }

    @Test
    void hidesSecretsOfWhatItShowsAndOfWhatItPreviews() {
        JsonNode small = Json.object().put("apiKey", "s3cret").put("other", 1);
        JsonNode large = Json.object().put("apiKey", "s3cret").put("other", "x".repeat(50_000));

        assertThat(Shown.input(small, Gates.TURN, "call-1").toString())
                .isEqualTo("{\"apiKey\":\"[redacted]\",\"other\":1}");
        assertThat(output(large).toString()).contains("[redacted]").doesNotContain("s3cret");
        assertThat(Shown.words("password=hunter2 was refused")).doesNotContain("hunter2");
    }

    @Test
    void aChunkOfTheLargestFitsAFrame() {
        JsonNode longest = TextNode.valueOf("€".repeat((Shown.MAX_BYTES - 2) / 3));
        Chunk chunk = new Chunk.ToolOutputAvailable("c".repeat(64), output(longest), false);

        assertThat(ChunkJson.write(chunk).getBytes(StandardCharsets.UTF_8).length)
                .isLessThan(30 * 1024);
    }

    @Test
    void aPreviewOfTheWorstCharactersFitsToo() {
        // Each is six characters of JSON.
        JsonNode control = TextNode.valueOf("\u0001".repeat(100_000));

        assertThat(Json.write(output(control)).length()).isLessThan(Shown.MAX_BYTES);
    }

    private static JsonNode output(JsonNode output) {
        return Shown.output(output, Gates.TURN, "call-1");
    }
}
