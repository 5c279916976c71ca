package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.OperationId;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.time.Instant;

/** Begins the work of a long-running tool at its outside service, and calls it off. */
public interface OperationStart {

    /**
     * Asks the service to do the work, until {@link ToolCall#deadline()} at most; what passes is
     * tried again with the same idempotency key.
     */
    Started start(ToolCall call, OperationId operation, Callback callback)
            throws InterruptedException;

    /**
     * Tells the service that the work is not wanted any more; what passes is tried again until the
     * deadline, and to tell it again does no harm.
     *
     * @param idempotencyKey that of the call that asked for the work
     * @param reason {@code cancelled} or {@code timeout}
     */
    Told cancel(OperationId operation, String idempotencyKey, String reason, Instant deadline)
            throws InterruptedException;

    /**
     * Where the service says what came of it.
     *
     * @param complete where it posts {@code {success, result?, error?}}
     * @param progress where it posts {@code {percent?, message?}}
     * @param keyId names the secret that it signs with, absent if there is none
     */
    record Callback(URI complete, URI progress, @Nullable String keyId) {}

    /** What the service said. */
    sealed interface Started {

        /** It has taken the work, and will call back. */
        record Accepted() implements Started {}

        /** It has done the work already. */
        record Completed(JsonNode result) implements Started {}

        /**
         * It has not taken the work, and will not.
         *
         * @param kind {@code rejected}, {@code validation}, {@code rate_limited}, {@code
         *     unreachable} or {@code timeout}
         * @param message in words for the model and the user, without secrets
         */
        record Refused(String kind, String message) implements Started {}
    }

    /** Whether the service knows that the work is not wanted any more. */
    sealed interface Told {

        /** It has heard it, or knows no such work. */
        record Done() implements Told {}

        /** The configuration does not say where it is told. */
        record NotConfigured() implements Told {}

        /**
         * It has not heard it, or does not want to.
         *
         * @param kind as of {@link Started.Refused}
         * @param message in words, without secrets
         */
        record Refused(String kind, String message) implements Told {}
    }
}
