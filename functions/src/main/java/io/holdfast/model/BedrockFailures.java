package io.holdfast.model;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.services.bedrockruntime.model.AccessDeniedException;
import software.amazon.awssdk.services.bedrockruntime.model.ResourceNotFoundException;
import software.amazon.awssdk.services.bedrockruntime.model.ServiceQuotaExceededException;
import software.amazon.awssdk.services.bedrockruntime.model.ThrottlingException;
import software.amazon.awssdk.services.bedrockruntime.model.ValidationException;

import java.util.Locale;

/**
 * Sorts Bedrock's failures: some pass, some do not.
 *
 * <p>The errors are those of the API reference of ConverseStream (Amazon Bedrock API Reference,
 * "ConverseStream", section "Errors").
 */
final class BedrockFailures {
    private static final Logger LOG = LoggerFactory.getLogger(BedrockFailures.class);

    private BedrockFailures() {}

    /**
     * The refusal that a failure means.
     *
     * @throws ModelThrottledException for a failure that passes when the model has less to do
     * @throws ModelUnavailableException for any other failure that may pass
     */
    static ModelRefusal refusal(Throwable failure) {
        return switch (failure) {
            case ThrottlingException e -> throw new ModelThrottledException(e);
            case ServiceQuotaExceededException e -> throw new ModelThrottledException(e);
            case ValidationException e ->
                    refused(isTooLong(e) ? ModelRefusal.TOO_LONG : ModelRefusal.INVALID, e);
            case AccessDeniedException e -> refused(ModelRefusal.UNAVAILABLE, e);
            case ResourceNotFoundException e -> refused(ModelRefusal.UNAVAILABLE, e);
            default -> throw new ModelUnavailableException("The model broke down", failure);
        };
    }

    private static ModelRefusal refused(ModelRefusal refusal, Throwable cause) {
        LOG.warn("The model refused the request as {}", refusal.code(), cause);
        return refusal;
    }

    /** Bedrock has no error of its own for this; the models' messages say it in these words. */
    private static boolean isTooLong(ValidationException failure) {
        String message =
                failure.getMessage() == null ? "" : failure.getMessage().toLowerCase(Locale.ROOT);
        return message.contains("too long")
                || message.contains("too many input tokens")
                || message.contains("maximum context length");
    }
}
