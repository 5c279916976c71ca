package io.holdfast.local.states;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The tokens of the tasks that wait. A token names its execution, so that one that was used can be
 * told from one that never was without keeping either.
 */
final class TaskTokens {
    private final Map<String, TaskRun> waiting = new ConcurrentHashMap<>();

    String issue(String executionArn, TaskRun task) {
        String text = executionArn + " " + UUID.randomUUID();
        String token =
                Base64.getUrlEncoder()
                        .withoutPadding()
                        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
        waiting.put(token, task);
        return token;
    }

    void retire(String token) {
        waiting.remove(token);
    }

    @Nullable TaskRun find(String token) {
        return waiting.get(token);
    }

    /** The execution that a token is of, or absent if it is no token. */
    static @Nullable String executionArn(String token) {
        try {
            String text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
            int space = text.indexOf(' ');
            return text.startsWith("arn:aws:states:") && space > 0
                    ? text.substring(0, space)
                    : null;
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
