package io.holdfast.assistant;

import java.util.List;

/** Patterns of names, in which {@code *} stands for any characters, also none. */
public final class Wildcard {
    private Wildcard() {}

    /** Whether a name fits a pattern; takes time in proportion to both lengths at most. */
    public static boolean matches(String pattern, String name) {
        int inPattern = 0;
        int inName = 0;
        int star = -1;
        int retry = 0;
        while (inName < name.length()) {
            if (inPattern < pattern.length() && pattern.charAt(inPattern) == '*') {
                star = inPattern++;
                retry = inName;
            } else if (inPattern < pattern.length()
                    && pattern.charAt(inPattern) == name.charAt(inName)) {
                inPattern++;
                inName++;
            } else if (star >= 0) {
                inPattern = star + 1;
                inName = ++retry;
            } else {
                return false;
            }
        }
        while (inPattern < pattern.length() && pattern.charAt(inPattern) == '*') {
            inPattern++;
        }
        return inPattern == pattern.length();
    }

    /** Whether a name fits one of the patterns. */
    public static boolean matchesAny(List<String> patterns, String name) {
        return patterns.stream().anyMatch(pattern -> matches(pattern, name));
    }
}
