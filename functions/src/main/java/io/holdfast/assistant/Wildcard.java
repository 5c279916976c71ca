package io.holdfast.assistant;

import java.util.List;

/** Patterns of names, in which {@code *} stands for any characters, also none. */
public final class Wildcard {
    private Wildcard() {}

    /** Whether a name fits. Goes through the name once and never back, whatever the pattern. */
    public static boolean matches(String pattern, String name) {
        int star = pattern.indexOf('*');
        if (star < 0) {
            return pattern.equals(name);
        }
        String head = pattern.substring(0, star);
        int lastStar = pattern.lastIndexOf('*');
        String tail = pattern.substring(lastStar + 1);
        if (name.length() < head.length() + tail.length()
                || !name.startsWith(head)
                || !name.endsWith(tail)) {
            return false;
        }
        int at = head.length();
        int end = name.length() - tail.length();
        // The leftmost place for each piece leaves the most room for the next, so it is enough.
        while (star < lastStar) {
            int next = pattern.indexOf('*', star + 1);
            String piece = pattern.substring(star + 1, next);
            int found = name.indexOf(piece, at);
            if (found < 0 || found + piece.length() > end) {
                return false;
            }
            at = found + piece.length();
            star = next;
        }
        return true;
    }

    /** Whether a pattern may fit some name that begins like this. */
    public static boolean mayMatchBeginning(String pattern, String beginning) {
        int star = pattern.indexOf('*');
        String head = star < 0 ? pattern : pattern.substring(0, star);
        return head.startsWith(beginning) || (star >= 0 && beginning.startsWith(head));
    }

    /** Whether a name fits one of the patterns. */
    public static boolean matchesAny(List<String> patterns, String name) {
        return patterns.stream().anyMatch(pattern -> matches(pattern, name));
    }
}
