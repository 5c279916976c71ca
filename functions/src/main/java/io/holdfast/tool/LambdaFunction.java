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
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvocationType;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;
import software.amazon.awssdk.services.lambda.model.LambdaException;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;

/**
 * A configured function, which is invoked and waited for.
 *
 * <p>The idempotency key and the ids of the call are in the client context's {@code custom} map, as
 * {@code idempotencyKey}, {@code call}, {@code turn}, {@code session} and {@code user} (AWS Lambda
 * API Reference, "Invoke", {@code X-Amz-Client-Context}).
 */
final class LambdaFunction {
    private static final Logger LOG = LoggerFactory.getLogger(LambdaFunction.class);

    /** AWS Lambda Developer Guide, "Quotas": request and response of a synchronous call. */
    private static final int MAX_PAYLOAD_BYTES = 6 * 1024 * 1024;

    private final ToolSpec spec;
    private final String function;
    private final LambdaClient lambda;
    private final Backoff backoff;

    LambdaFunction(ToolSpec spec, String function, LambdaClient lambda, Backoff backoff) {
        this.spec = spec;
        this.function = function;
        this.lambda = lambda;
        this.backoff = backoff;
    }

    /** Invokes it with a request's JSON until {@link Request#deadline()} at most. */
    Reply<JsonNode> invoke(Request request, Repeat repeat) throws InterruptedException {
        byte[] payload = Json.write(request.json()).getBytes(StandardCharsets.UTF_8);
        if (payload.length > MAX_PAYLOAD_BYTES) {
            return failure(
                    RefusalKind.VALIDATION,
                    "The input is longer than 6 MB, which no function takes");
        }
        for (int attempt = 1; ; attempt++) {
            Duration left = backoff.left(request.deadline());
            if (!left.isPositive()) {
                return tooLate(request);
            }
            try {
                return reply(invoke(request, payload, left));
            } catch (LambdaException e) {
                boolean passes = e.statusCode() == 429 || e.statusCode() >= 500;
                if (!passes || !backoff.pause(attempt, Duration.ZERO, request.deadline())) {
                    return refused(e);
                }
            } catch (ApiCallTimeoutException | ApiCallAttemptTimeoutException e) {
                return tooLate(request);
            } catch (AbortedException e) {
                Thread.interrupted();
                throw new InterruptedException();
            } catch (SdkClientException e) {
                switch (repeat) {
                    case WHAT_FOUND_NOBODY -> throw e;
                    case WHAT_MAY_PASS -> {
                        if (!backoff.pause(attempt, Duration.ZERO, request.deadline())) {
                            return unreachable(e);
                        }
                    }
                }
            }
        }
    }

    private InvokeResponse invoke(Request request, byte[] payload, Duration left) {
        return lambda.invoke(
                invocation ->
                        invocation
                                .functionName(function)
                                .invocationType(InvocationType.REQUEST_RESPONSE)
                                .clientContext(clientContext(request))
                                .payload(SdkBytes.fromByteArrayUnsafe(payload))
                                .overrideConfiguration(
                                        override ->
                                                override.apiCallTimeout(left)
                                                        .apiCallAttemptTimeout(left)));
    }

    private static String clientContext(Request request) {
        ObjectNode context = Json.object();
        ObjectNode custom =
                context.putObject("custom").put("idempotencyKey", request.idempotencyKey());
        ToolCall call = request.call();
        if (call != null) {
            custom.put("call", call.id())
                    .put("turn", call.turn().value())
                    .put("session", call.session().value())
                    .put("user", call.user().value());
        }
        return Base64.getEncoder()
                .encodeToString(Json.write(context).getBytes(StandardCharsets.UTF_8));
    }

    private static Reply<JsonNode> reply(InvokeResponse response) {
        String payload = response.payload() == null ? "" : response.payload().asUtf8String();
        JsonNode output;
        try {
            output = payload.isBlank() ? NullNode.instance : Json.read(payload);
        } catch (JsonProcessingException e) {
            return failure(RefusalKind.REJECTED, "The function's answer is not JSON");
        }
        if (response.functionError() == null) {
            return new Reply.Done<>(output);
        }
        String message = output.path("errorMessage").asText("");
        return failure(RefusalKind.REJECTED, message.isBlank() ? "The function failed" : message);
    }

    private Reply<JsonNode> refused(LambdaException e) {
        // Lambda's own words name our account; the model and the user need not know it.
        LOG.warn(
                "Lambda refused to run the tool {}: status {}, {}",
                spec.name(),
                e.statusCode(),
                e.awsErrorDetails() == null ? "" : e.awsErrorDetails().errorCode());
        return switch (e.statusCode()) {
            case 429 -> failure(RefusalKind.RATE_LIMITED, "The function has too much to do now");
            case 413 ->
                    failure(RefusalKind.VALIDATION, "The input is longer than the function takes");
            default ->
                    failure(
                            e.statusCode() >= 500 ? RefusalKind.UNREACHABLE : RefusalKind.REJECTED,
                            "The function cannot be run (status %d)".formatted(e.statusCode()));
        };
    }

    private Reply<JsonNode> tooLate(Request request) {
        return failure(
                RefusalKind.TIMEOUT,
                request.call() == null
                        ? "The function has not answered in time"
                        : "The function took longer than " + Spoken.time(spec.timeout()));
    }

    private Reply<JsonNode> unreachable(SdkClientException e) {
        LOG.warn("Lambda cannot be reached for the tool {}", spec.name(), e);
        return failure(RefusalKind.UNREACHABLE, "The function cannot be reached");
    }

    private static Reply<JsonNode> failure(RefusalKind kind, String words) {
        return new Reply.Failed<>(kind, words);
    }
}
