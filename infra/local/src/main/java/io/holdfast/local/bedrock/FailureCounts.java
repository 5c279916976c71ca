package io.holdfast.local.bedrock;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How often each conversation was failed, and at which line of its last text. A conversation is
 * what a retry sends again: its messages and its request metadata. One that was answered to the end
 * is forgotten, so that the same words fail anew.
 */
final class FailureCounts {
    /** Beyond this the oldest is forgotten: it fails from the start again. */
    private static final int MAX_CONVERSATIONS = 10_000;

    private final LinkedHashMap<String, Map<Integer, Integer>> conversations =
            new LinkedHashMap<>();

    /** Whether the line fails this time; if so, it is counted. */
    synchronized boolean failsAgain(ConverseRequest request, int line, int times) {
        Map<Integer, Integer> lines =
                conversations.computeIfAbsent(key(request), _ -> new HashMap<>());
        if (conversations.size() > MAX_CONVERSATIONS) {
            conversations.pollFirstEntry();
        }
        int before = lines.getOrDefault(line, 0);
        if (before >= times) {
            return false;
        }
        lines.put(line, before + 1);
        return true;
    }

    /** The conversation got its answer. */
    synchronized void forget(ConverseRequest request) {
        conversations.remove(key(request));
    }

    private static String key(ConverseRequest request) {
        String conversation =
                request.body().path("messages") + "\n" + request.body().path("requestMetadata");
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(conversation.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
