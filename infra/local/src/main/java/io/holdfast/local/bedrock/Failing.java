package io.holdfast.local.bedrock;

import java.util.Locale;

/** The ways to fail that {@link ScriptModel} knows, with the service's error and words. */
enum Failing {
    THROTTLED(Fault.THROTTLING, "Too many requests, please wait before trying again.", 0),
    UNAVAILABLE(Fault.SERVICE_UNAVAILABLE, "Bedrock is unable to process your request.", 0),
    INTERNAL(
            Fault.INTERNAL_SERVER,
            "The system encountered an unexpected error during processing. Try your request"
                    + " again.",
            0),
    TIMEOUT(Fault.MODEL_TIMEOUT, "Model has timed out in processing the request.", 0),
    ACCESS(
            Fault.ACCESS_DENIED,
            "You don't have access to the model with the specified model ID.",
            0),
    MISSING(
            Fault.RESOURCE_NOT_FOUND,
            "Could not resolve the foundation model from the provided model identifier.",
            0),
    VALIDATION(Fault.VALIDATION, "The provided request is not valid.", 0),
    CONTEXT(Fault.VALIDATION, "Input is too long for requested model.", 0),
    MIDSTREAM(
            Fault.MODEL_STREAM_ERROR,
            "The system encountered an unexpected error during processing. Try your request"
                    + " again.",
            5);

    final Fault fault;
    final String message;
    final int tokensBefore;

    Failing(Fault fault, String message, int tokensBefore) {
        this.fault = fault;
        this.message = message;
        this.tokensBefore = tokensBefore;
    }

    /** The word in a script. */
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
