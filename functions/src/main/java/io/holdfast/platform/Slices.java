package io.holdfast.platform;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a text into slices that fit into one DynamoDB item each.
 *
 * <p>An item holds 400 KB, names and all (DynamoDB, "Service quotas"). 100,000 characters are at
 * most 300,000 bytes of UTF-8.
 */
public final class Slices {
    private static final int CHARACTERS = 100_000;

    private Slices() {}

    /** The slices in order; at least one, never cut within a surrogate pair. */
    public static List<String> of(String text) {
        List<String> slices = new ArrayList<>();
        int from = 0;
        do {
            int to = Math.min(from + CHARACTERS, text.length());
            if (to < text.length() && Character.isHighSurrogate(text.charAt(to - 1))) {
                to--;
            }
            slices.add(text.substring(from, to));
            from = to;
        } while (from < text.length());
        return slices;
    }
}
