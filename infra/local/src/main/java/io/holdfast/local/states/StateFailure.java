package io.holdfast.local.states;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.ErrorNames;
import io.holdfast.local.states.language.Json;

import org.jspecify.annotations.Nullable;

/** A state, or the call that it made, failed with an error that Retry and Catch can answer. */
public final class StateFailure extends Exception {
    private static final long serialVersionUID = 1L;

    private final @Nullable String error;
    private final @Nullable String reason;

    /**
     * Names the error.
     *
     * @param error such as {@code Lambda.ServiceException}; absent if whoever failed named none
     * @param cause what happened, in words or as JSON; absent if unknown
     */
    public StateFailure(@Nullable String error, @Nullable String cause) {
        // Without a trace: it is handed from thread to thread, and is no bug.
        super(error + ": " + cause, null, false, false);
        this.error = error;
        this.reason = cause;
    }

    static StateFailure dataLimit(String what) {
        return new StateFailure(
                ErrorNames.DATA_LIMIT_EXCEEDED,
                "The state/task '"
                        + what
                        + "' returned a result with a size exceeding the maximum number of bytes"
                        + " service limit.");
    }

    /** The error's name for Retry and Catch. */
    String error() {
        return error == null ? "" : error;
    }

    /** The name for the history, which knows no heartbeat timeout (AWS, Error names). */
    @Nullable String reportedError() {
        return ErrorNames.HEARTBEAT_TIMEOUT.equals(error) ? ErrorNames.TIMEOUT : error;
    }

    @Nullable String reason() {
        return reason;
    }

    /** The error output that a Catch hands on. */
    ObjectNode output() {
        return Json.object().put("Error", error()).put("Cause", reason == null ? "" : reason);
    }
}
