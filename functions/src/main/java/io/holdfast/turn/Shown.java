package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.Redaction;
import io.holdfast.platform.Texts;
import io.holdfast.platform.TurnId;

import java.nio.charset.StandardCharsets;

/**
 * Inputs and outputs of tools as readers see them: without secrets, and small enough for a frame.
 *
 * <p>One that is too large is shown as {@code {type: "preview", preview, bytes, url}}: the first
 * 2,000 characters of its JSON (or of its text), its size, and the path of the HTTP API where all
 * of it is.
 */
final class Shown {
    /** A frame holds 32 KB; a chunk's other fields, and a few numbers of another form, fit too. */
    static final int MAX_BYTES = 24 * 1024;

    private static final int PREVIEW_CHARACTERS = 2_000;

    private Shown() {}

    static JsonNode input(JsonNode input, TurnId turn, String toolCallId) {
        return fit(Redaction.of(input), turn, toolCallId);
    }

    static JsonNode output(JsonNode output, TurnId turn, String toolCallId) {
        return fit(Redaction.of(output), turn, toolCallId);
    }

    /** A failure's words, without secrets. */
    static String words(String message) {
        return Redaction.ofText(message);
    }

    /** Where the whole of a call is, below the HTTP API's URL. */
    private static String url(TurnId turn, String toolCallId) {
        return "/turns/" + turn + "/calls/" + toolCallId;
    }

    private static JsonNode fit(JsonNode shown, TurnId turn, String toolCallId) {
        String json = Json.write(shown);
        int bytes = json.getBytes(StandardCharsets.UTF_8).length;
        if (bytes <= MAX_BYTES) {
            return shown;
        }
        String text = shown.isTextual() ? shown.textValue() : json;
        return Json.object()
                .put("type", "preview")
                .put("preview", Texts.beginning(text, PREVIEW_CHARACTERS))
                .put("bytes", bytes)
                .put("url", url(turn, toolCallId));
    }
}
