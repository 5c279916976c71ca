package io.holdfast.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.Json;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;

class JsonTextTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "plain", "\"quoted\" \\ back", "line\nfeed\ttab\r\b\f", "\u0000\u0001\u001F\u007F",
                "Grüße", "你好", "\uD83D\uDC4B\uD83C\uDFFD", "\u2028 / ' <"
            })
    void textIsMeasuredAsItIsWritten(String text) {
        int written =
                Json.write(Json.MAPPER.getNodeFactory().textNode(text))
                                .getBytes(StandardCharsets.UTF_8)
                                .length
                        - 2;
        assertThat(JsonText.cut(text, 1000)).containsExactly(new JsonText.Piece(text, written));
    }

    @Test
    void textIsCutWithoutLossAndNeverThroughACharacter() {
        String text = "a\uD83D\uDC4Bb\n".repeat(50);
        for (int limit = 6; limit < 40; limit++) {
            int most = limit;
            var pieces = JsonText.cut(text, limit);
            assertThat(pieces)
                    .allSatisfy(
                            piece -> {
                                assertThat(piece.bytes()).isLessThanOrEqualTo(most);
                                assertThat(Character.isLowSurrogate(piece.text().charAt(0)))
                                        .isFalse();
                            });
            assertThat(pieces.stream().map(JsonText.Piece::text).collect(Collectors.joining()))
                    .isEqualTo(text);
        }
    }

    @Test
    void noTextIsNoPiece() {
        assertThat(JsonText.cut("", 10)).isEmpty();
    }
}
