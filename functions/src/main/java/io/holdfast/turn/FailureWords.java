package io.holdfast.turn;

import java.util.Map;

/**
 * What a person reads when a turn fails. The technical cause is in the log.
 *
 * <p>A failure is named by a verdict's code, or by the error that the state machine caught: the
 * class of an exception, or one of its own names.
 */
final class FailureWords {
    static final String TOO_LONG = "too_long";
    static final String INVALID = "invalid";
    static final String REFUSED = "refused";
    static final String NOT_AVAILABLE = "not_available";
    static final String TIMEOUT = "timeout";
    static final String INTERRUPTED = "interrupted";
    static final String NOT_STARTED = "not_started";

    private static final Map<String, String> WORDS =
            Map.of(
                    "io.holdfast.model.ModelThrottledException",
                    "The model has too much to do right now. Please try again in a minute.",
                    "io.holdfast.model.ModelUnavailableException",
                    "The model is unavailable right now. Please try again.",
                    TOO_LONG,
                    "This conversation is too long for the model. Start a new one, or shorten your"
                            + " message.",
                    INVALID,
                    "The model cannot take this request. Please put it in other words.",
                    REFUSED,
                    "The model refused to answer this. Please put it in other words.",
                    NOT_AVAILABLE,
                    "This assistant's model is not available. Please tell whoever runs it.",
                    INTERRUPTED,
                    "The answer was interrupted and could not be taken up again. Please try again.",
                    NOT_STARTED,
                    "The answer could not be started. Please try again.",
                    TIMEOUT,
                    "The answer took too long. Please ask for less at once.");

    private FailureWords() {}

    static String of(String failure) {
        return WORDS.getOrDefault(
                failure, "Something went wrong while answering. Please try again.");
    }
}
