package io.holdfast.assistant;

import io.holdfast.platform.ConfigurationException;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The faults of one file, each with its line; places in it are JSON pointers (RFC 6901). */
final class Faults {
    private final String file;
    private final Map<String, Integer> lines = new HashMap<>();
    private final Set<String> unreadable = new HashSet<>();
    private final List<Fault> faults = new ArrayList<>();

    private record Fault(int line, String words) {}

    /** Faults of a file of this name. */
    Faults(String file) {
        this.file = file;
    }

    /** The pointer to an entry of an object or a list. */
    static String pointer(String parent, String key) {
        return parent + "/" + key.replace("~", "~0").replace("/", "~1");
    }

    /** Notes where a value is; lines count from 1. */
    void locate(String pointer, int line) {
        lines.put(pointer, line);
    }

    /** Names a fault of the file itself. */
    void addLine(int line, String words) {
        faults.add(new Fault(line, words));
    }

    /**
     * Names a fault of a value. Nothing is said of a value that was found unreadable before: its
     * other faults would only follow from that.
     *
     * @param words follow the value's path, for example "must be a whole number"
     */
    void add(String pointer, String words) {
        if (!unreadable.contains(pointer)) {
            String path = path(pointer);
            addLine(line(pointer), path.isEmpty() ? "the file " + words : path + " " + words);
        }
    }

    /** Names a fault that leaves a value unknown. */
    void addUnreadable(String pointer, String words) {
        add(pointer, words);
        unreadable.add(pointer);
    }

    /** Throws {@link ConfigurationException} with all faults in the order of lines, if any. */
    void check() {
        if (!faults.isEmpty()) {
            throw new ConfigurationException(
                    faults.stream()
                            .distinct()
                            .sorted(Comparator.comparingInt(Fault::line))
                            .map(fault -> file + ":" + fault.line() + ": " + fault.words())
                            .toList());
        }
    }

    /** What is not written has the line of what it would be in. */
    private int line(String pointer) {
        for (String at = pointer; !at.isEmpty(); at = at.substring(0, at.lastIndexOf('/'))) {
            Integer line = lines.get(at);
            if (line != null) {
                return line;
            }
        }
        return lines.getOrDefault("", 1);
    }

    private static String path(String pointer) {
        StringBuilder path = new StringBuilder();
        for (String token : pointer.split("/", -1)) {
            String key = token.replace("~1", "/").replace("~0", "~");
            if (!key.isEmpty() && key.chars().allMatch(c -> c >= '0' && c <= '9')) {
                path.append('[').append(key).append(']');
            } else if (!key.isEmpty()) {
                path.append(path.isEmpty() ? "" : ".").append(key);
            }
        }
        return path.toString();
    }
}
