package io.holdfast.local.bedrock;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;

/**
 * How often each conversation was failed. A conversation is what a retry sends again: its messages
 * and its request metadata. Once recovered, it is forgotten, so that the same words fail anew.
 */
final class FailureCounts {
    /** The oldest is forgotten beyond this: it fails from the start again. */
    private static final int MAX_CONVERSATIONS = 10_000;

    private final LinkedHashMap<String, Integer> failed = new LinkedHashMap<>();

    /**
     * Whether to fail this time.
     *
     * @param line tells several failures of one text apart
     */
    synchronized boolean failsAgain(ConverseRequest request, int line, int times) {
        String key = key(request) + line;
        int before = failed.getOrDefault(key, 0);
        if (before >= times) {
            failed.remove(key);
            return false;
        }
        failed.putLast(key, before + 1);
        if (failed.size() > MAX_CONVERSATIONS) {
            failed.pollFirstEntry();
        }
        return true;
    }

    private static String key(ConverseRequest request) {
        String conversation =
                request.body().path("messages") + "\n" + request.body().path("requestMetadata");
        try {
            byte[] hash =
                    MessageDigest.getInstance("SHA-256")
                            .digest(conversation.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(hash) + "/";
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("Every JDK has SHA-256", e);
        }
    }
}
