package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.OperationId;

import java.net.URI;

/** Begins the work of a long-running tool at its outside service. */
public interface OperationStart {

    /**
     * Asks the service to do the work, until {@link ToolCall#deadline()} at most; what passes is
     * tried again with the same idempotency key.
     */
    Started start(ToolCall call, OperationId operation, Callback callback)
            throws InterruptedException;

    /**
     * Where the service says what came of it.
     *
     * @param complete where it posts {@code {success, result?, error?}}
     * @param progress where it posts {@code {percent?, message?}}
     */
    record Callback(URI complete, URI progress) {}

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
}
