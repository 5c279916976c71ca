package io.holdfast.local.bedrock;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.jspecify.annotations.Nullable;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.function.Supplier;

/**
 * Reads the server-sent events of a chat completion, and writes the answer as it comes. Source: <a
 * href="https://platform.openai.com/docs/api-reference/chat-streaming">the streaming format</a>.
 */
final class ChatStream {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Far above any event; a server that sends no line breaks is no such server. */
    private static final int MAX_LINE_BYTES = 4_000_000;

    private final AnswerWriter answer;
    private final ChatToolCalls calls;
    private @Nullable String finishReason;
    private boolean done;

    ChatStream(AnswerWriter answer, Supplier<String> toolUseIds) {
        this.answer = answer;
        this.calls = new ChatToolCalls(toolUseIds);
    }

    /**
     * Reads to the end.
     *
     * @throws IOException if the stream breaks off
     * @throws ModelFailure if it says that the model failed
     */
    StopReason read(InputStream stream) throws IOException, ModelFailure, ClientGone {
        InputStream in = new BufferedInputStream(stream);
        while (!done) {
            String line = line(in);
            if (line == null) {
                break;
            }
            if (line.startsWith("data:")) {
                data(line.substring("data:".length()).strip());
            }
        }
        if (!done && finishReason == null) {
            throw new IOException("The stream broke off");
        }
        calls.writeTo(answer);
        return stopReason();
    }

    private void data(String data) throws IOException, ModelFailure, ClientGone {
        if (data.equals("[DONE]")) {
            done = true;
            return;
        }
        JsonNode event;
        try {
            event = JSON.readTree(data);
        } catch (JsonProcessingException _) { // it quotes the answer
            throw new IOException("An event that is not JSON");
        }
        if (event.hasNonNull("error")) {
            throw new ModelFailure(
                    Fault.MODEL_STREAM_ERROR,
                    "The model returned the following errors: "
                            + event.path("error").path("message").asText("unknown"));
        }
        JsonNode usage = event.path("usage");
        if (usage.isObject()) {
            answer.usage(
                    usage.path("prompt_tokens").asLong(), usage.path("completion_tokens").asLong());
        }
        JsonNode choice = event.path("choices").path(0);
        JsonNode delta = choice.path("delta");
        // Two names are in use for the same thing.
        answer.reasoning(delta.path("reasoning_content").asText(""));
        answer.reasoning(delta.path("reasoning").asText(""));
        answer.text(delta.path("content").asText(""));
        answer.text(delta.path("refusal").asText(""));
        for (JsonNode call : delta.path("tool_calls")) {
            calls.accept(call);
        }
        if (choice.hasNonNull("finish_reason")) {
            finishReason = choice.path("finish_reason").asText();
        }
    }

    private StopReason stopReason() {
        return switch (finishReason == null ? "" : finishReason) {
            case "length" -> StopReason.MAX_TOKENS;
            case "content_filter" -> StopReason.CONTENT_FILTERED;
            // Some servers say "stop" after tool calls, too.
            default -> calls.isEmpty() ? StopReason.END_TURN : StopReason.TOOL_USE;
        };
    }

    /** The next line, or null at the end. */
    private static @Nullable String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int b = in.read(); b != '\n'; b = in.read()) {
            if (b < 0) {
                return line.size() == 0 ? null : line.toString(StandardCharsets.UTF_8);
            }
            if (line.size() == MAX_LINE_BYTES) {
                throw new IOException("A line of more than " + MAX_LINE_BYTES + " bytes");
            }
            line.write(b);
        }
        return line.toString(StandardCharsets.UTF_8);
    }
}
