package io.holdfast.assistant;

/** The value of an HTTP header that a tool sends. */
public sealed interface HeaderValue {

    /** As it is written. */
    record Plain(String value) implements HeaderValue {}

    /**
     * A secret, fetched when it is needed and never logged.
     *
     * @param reference {@code env:NAME} for a variable of the function's environment, or {@code
     *     secretsmanager:ID} or {@code secretsmanager:ID#KEY} for a secret of AWS Secrets Manager
     *     (or one key of a secret that is a JSON object)
     * @param prefix what comes before it, for example {@code "Bearer "}; may be empty
     */
    record Secret(String reference, String prefix) implements HeaderValue {}
}
