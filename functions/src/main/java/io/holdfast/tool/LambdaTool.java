package io.holdfast.tool;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.AbortedException;
import software.amazon.awssdk.core.exception.ApiCallAttemptTimeoutException;
import software.amazon.awssdk.core.exception.ApiCallTimeoutException;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvocationType;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;
import software.amazon.awssdk.services.lambda.model.LambdaException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/**
 * The kind {@code lambda}: invokes a function and waits for it; the payload is the input and
 * nothing else.
 *
 * <p>The idempotency key and the ids are in the client context's {@code custom} map, as {@code
 * idempotencyKey}, {@code call}, {@code turn}, {@code session} and {@code user} (AWS Lambda API
 * Reference, "Invoke", {@code X-Amz-Client-Context}).
 */
final class LambdaTool implements Tool {
    private static final Logger LOG = LoggerFactory.getLogger(LambdaTool.class);

    /** AWS Lambda Developer Guide, "Quotas": request and response of a synchronous call. */
    private static final int MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

    private final ToolSpec spec;
    private final String function;
    private final LambdaClient lambda;
    private final Backoff backoff;

    LambdaTool(ToolSpec spec, String function, LambdaClient lambda, Backoff backoff) {
        this.spec = spec;
        this.function = function;
        this.lambda = lambda;
        this.backoff = backoff;
    }

    @Override
    public ToolSpec spec() {
        return spec;
    }

    @Override
    public ToolResult run(ToolCall call, Progress progress) throws InterruptedException {
        byte[] payload = Json.write(call.input()).getBytes(StandardCharsets.UTF_8);
        if (payload.length > MAX_PAYLOAD_BYTES) {
            return failure("The input is longer than 6 MB, which no function takes");
        }
        for (int attempt = 1; ; attempt++) {
            Duration left = backoff.left(call.deadline());
            if (!left.isPositive()) {
                return tooLate();
            }
            try {
                return result(invoke(call, payload, left));
            } catch (LambdaException e) {
                boolean passes = e.statusCode() == 429 || e.statusCode() >= 500;
                if (!passes || !backoff.pause(attempt, Duration.ZERO, call.deadline())) {
                    return refused(e);
                }
            } catch (ApiCallTimeoutException | ApiCallAttemptTimeoutException e) {
                return tooLate();
            } catch (AbortedException e) {
                Thread.interrupted();
                throw new InterruptedException();
            }
        }
    }

    private InvokeResponse invoke(ToolCall call, byte[] payload, Duration left) {
        return lambda.invoke(
                request ->
                        request.functionName(function)
                                .invocationType(InvocationType.REQUEST_RESPONSE)
                                .clientContext(clientContext(call))
                                .payload(SdkBytes.fromByteArrayUnsafe(payload))
                                .overrideConfiguration(
                                        override ->
                                                override.apiCallTimeout(left)
                                                        .apiCallAttemptTimeout(left)));
    }

    private static String clientContext(ToolCall call) {
        ObjectNode context = Json.object();
        context.putObject("custom")
                .put("idempotencyKey", call.idempotencyKey())
                .put("call", call.id())
                .put("turn", call.turn().value())
                .put("session", call.session().value())
                .put("user", call.user().value());
        return Base64.getEncoder()
                .encodeToString(Json.write(context).getBytes(StandardCharsets.UTF_8));
    }

    private static ToolResult result(InvokeResponse response) {
        String payload = response.payload() == null ? "" : response.payload().asUtf8String();
        JsonNode output;
        try {
            output = payload.isBlank() ? NullNode.instance : Json.read(payload);
        } catch (JsonProcessingException e) {
            return failure("The function's answer is not JSON");
        }
        if (response.functionError() == null) {
            return new ToolResult.Success(output);
        }
        String message = output.path("errorMessage").asText("");
        return failure(message.isBlank() ? "The function failed" : message);
    }

    private ToolResult refused(LambdaException e) {
        // Lambda's own words name our account; the model and the user need not know it.
        LOG.warn(
                "Lambda refused to run the tool {}: status {}, {}",
                spec.name(),
                e.statusCode(),
                e.awsErrorDetails() == null ? "" : e.awsErrorDetails().errorCode());
        return switch (e.statusCode()) {
            case 429 -> failure("The function has too much to do now");
            case 413 -> failure("The input is longer than the function takes");
            default -> failure("The function cannot be run (status %d)".formatted(e.statusCode()));
        };
    }

    private ToolResult tooLate() {
        return failure("The function took longer than " + Spoken.time(spec.timeout()));
    }

    private static ToolResult failure(String words) {
        return new ToolResult.Failure(Words.safe(words));
    }
}
