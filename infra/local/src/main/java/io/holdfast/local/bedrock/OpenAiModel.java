package io.holdfast.local.bedrock;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;

/**
 * A bridge to any server that speaks OpenAI's chat completions ({@code POST
 * {baseUrl}/chat/completions} with {@code stream: true}): text, images, reasoning, tools, usage.
 * Documents and videos are refused; {@code additionalModelRequestFields}, earlier reasoning and
 * cache points are left out, as there is nothing like them on the other side.
 *
 * <p>The other side's errors become Bedrock's: 429 is throttling, 400 a validation error, 401 and
 * 403 denied access, 404 a missing model, anything else or no connection an unavailable service.
 */
public final class OpenAiModel implements ModelBackend {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_ERROR_BYTES = 8_192;
    private static final int MAX_ERROR_CHARACTERS = 500;

    /** A server that is there answers at once. */
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /**
     * Up to the response's head: a local server may first load many gigabytes. The stream itself
     * lasts as long as the client waits for it.
     */
    private static final Duration RESPONSE_TIMEOUT = Duration.ofMinutes(5);

    // HTTP/1.1, because some servers stumble over the offer of an upgrade to HTTP/2.
    private final HttpClient http =
            HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .connectTimeout(CONNECT_TIMEOUT)
                    .build();
    private final URI completions;
    private final @Nullable String model;
    private final @Nullable String apiKey;

    /**
     * A bridge.
     *
     * @param baseUrl the URL before {@code /chat/completions}, such as {@code
     *     http://localhost:11434/v1}
     * @param model the model to ask for; absent: the one that the request names
     * @param apiKey the bearer token, if the server wants one; never logged
     */
    public OpenAiModel(URI baseUrl, @Nullable String model, @Nullable String apiKey) {
        this.completions =
                URI.create(baseUrl.toString().replaceFirst("/+$", "") + "/chat/completions");
        this.model = model;
        this.apiKey = apiKey == null || apiKey.isBlank() ? null : apiKey.strip();
    }

    @Override
    public StopReason answer(ConverseRequest request, AnswerWriter answer)
            throws ModelFailure, ClientGone, InterruptedException {
        String asked = model == null ? request.modelId() : model;
        HttpResponse<InputStream> response = send(ChatRequest.of(request, asked).toString());
        try (InputStream body = response.body()) {
            if (response.statusCode() != 200) {
                throw failure(response.statusCode(), body.readNBytes(MAX_ERROR_BYTES));
            }
            return new ChatStream(answer, ScriptModel.randomIds(new SecureRandom())).read(body);
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException("The client left");
            }
            throw new ModelFailure(
                    Fault.MODEL_STREAM_ERROR, "The connection to the model was lost.", e);
        }
    }

    private HttpResponse<InputStream> send(String body) throws ModelFailure, InterruptedException {
        HttpRequest.Builder post =
                HttpRequest.newBuilder(completions)
                        .timeout(RESPONSE_TIMEOUT)
                        .header("Content-Type", "application/json")
                        .header("Accept", "text/event-stream")
                        .POST(BodyPublishers.ofString(body));
        if (apiKey != null) {
            post.header("Authorization", "Bearer " + apiKey);
        }
        try {
            return http.send(post.build(), BodyHandlers.ofInputStream());
        } catch (IOException e) {
            throw new ModelFailure(
                    Fault.SERVICE_UNAVAILABLE, "No answer from " + completions + ".", e);
        }
    }

    private ModelFailure failure(int status, byte[] body) {
        String said = "The model returned the following errors: " + message(body);
        return switch (status) {
            // Not the other side's words: they repeat parts of the key.
            case 401, 403 ->
                    new ModelFailure(
                            Fault.ACCESS_DENIED,
                            "%s refused the key (status %d).".formatted(completions, status));
            case 404 -> new ModelFailure(Fault.RESOURCE_NOT_FOUND, said);
            case 408 -> new ModelFailure(Fault.MODEL_TIMEOUT, said);
            case 413 -> new ModelFailure(Fault.VALIDATION, Failing.CONTEXT.message);
            case 429 -> new ModelFailure(Fault.THROTTLING, said);
            default -> {
                if (status >= 400 && status < 500) {
                    boolean tooLong =
                            error(body).path("code").asText().equals("context_length_exceeded");
                    yield new ModelFailure(
                            Fault.VALIDATION, tooLong ? Failing.CONTEXT.message : said);
                }
                yield new ModelFailure(Fault.SERVICE_UNAVAILABLE, said);
            }
        };
    }

    private static String message(byte[] body) {
        String message = error(body).path("message").asText();
        if (message.isBlank()) {
            message = new String(body, StandardCharsets.UTF_8).strip();
        }
        return message.substring(0, Math.min(message.length(), MAX_ERROR_CHARACTERS));
    }

    /** {@code {"error": {"message", "code"}}}, if it is that. */
    private static JsonNode error(byte[] body) {
        try {
            return JSON.readTree(new String(body, StandardCharsets.UTF_8)).path("error");
        } catch (JsonProcessingException e) {
            return JSON.missingNode(); // a proxy's page, for instance: shown as it is
        }
    }
}
