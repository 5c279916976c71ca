package io.holdfast.local.lambda;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * The documents by which Lambda reports that a function failed (Lambda developer guide, "Java
 * function errors", and what the service answers for a timeout).
 */
final class FunctionErrors {
    /** Chains of causes are cut here; each level has a stack of its own. */
    private static final int MAX_CAUSES = 5;

    private static final int MAX_FRAMES = 50;

    private FunctionErrors() {}

    static InvocationResult thrown(Throwable error) {
        return unhandled(document(error, MAX_CAUSES));
    }

    static InvocationResult timedOut(String requestId, Duration timeout) {
        return unhandled(
                document(
                        "Sandbox.Timedout",
                        String.format(
                                Locale.ROOT,
                                "RequestId: %s Error: Task timed out after %.2f seconds",
                                requestId,
                                timeout.toMillis() / 1000.0)));
    }

    /** The sandbox died with the invocation in it, or before it could start. */
    static InvocationResult exited(String requestId, String how) {
        return unhandled(
                document(
                        "Runtime.ExitError",
                        "RequestId: " + requestId + " Error: Runtime exited with error: " + how));
    }

    static InvocationResult tooLarge(int limit) {
        return unhandled(
                document(
                        "Function.ResponseSizeTooLarge",
                        "Response payload size exceeded maximum allowed payload size ("
                                + limit
                                + " bytes)."));
    }

    private static ObjectNode document(Throwable error, int causes) {
        ObjectNode document = document(error.getClass().getName(), error.getMessage());
        ArrayNode stack = document.putArray("stackTrace");
        StackTraceElement[] frames = error.getStackTrace();
        for (int i = 0; i < Math.min(frames.length, MAX_FRAMES); i++) {
            stack.add(frames[i].toString());
        }
        Throwable cause = error.getCause();
        if (cause != null && causes > 0) {
            document.set("cause", document(cause, causes - 1));
        }
        return document;
    }

    private static ObjectNode document(String type, @Nullable String message) {
        ObjectNode document = JsonNodeFactory.instance.objectNode();
        if (message != null) {
            document.put("errorMessage", message);
        }
        return document.put("errorType", type);
    }

    private static InvocationResult unhandled(ObjectNode document) {
        return new InvocationResult(
                document.toString().getBytes(StandardCharsets.UTF_8), "Unhandled");
    }
}
