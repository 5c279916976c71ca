package io.holdfast.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.RequestId;

import org.junit.jupiter.api.Test;

import java.nio.charset.StandardCharsets;

class FramesTest {
    private static final RequestId REQUEST = new RequestId("req\"\\1");

    @Test
    void theFramesAreThoseOfTheAiSdk() {
        assertThat(text(Frames.chunk(REQUEST, 41, "{\"type\":\"text-delta\",\"delta\":\"ü\"}")))
                .isEqualTo(
                        "{\"type\":\"chunk\",\"requestId\":\"req\\\"\\\\1\",\"sequence\":41,"
                                + "\"chunk\":{\"type\":\"text-delta\",\"delta\":\"ü\"}}");
        assertThat(text(Frames.start(REQUEST, 42)))
                .isEqualTo("{\"type\":\"start\",\"requestId\":\"req\\\"\\\\1\",\"sequence\":42}");
        assertThat(text(Frames.end(REQUEST))).startsWith("{\"type\":\"end\",");
        assertThat(text(Frames.noActive(REQUEST))).startsWith("{\"type\":\"no-active\",");
        assertThat(text(Frames.pong(REQUEST))).startsWith("{\"type\":\"pong\",");
        assertThat(text(Frames.error(REQUEST.value(), "say \"no\"\n")))
                .endsWith(",\"errorText\":\"say \\\"no\\\"\\n\"}");
    }

    @Test
    void aFrameAddsNoMoreThanItsOverhead() {
        RequestId longest = new RequestId("\"".repeat(128));
        assertThat(Frames.chunk(longest, Long.MAX_VALUE, "")).hasSizeLessThan(Frames.MAX_OVERHEAD);
    }

    private static String text(byte[] frame) {
        return new String(frame, StandardCharsets.UTF_8);
    }
}
