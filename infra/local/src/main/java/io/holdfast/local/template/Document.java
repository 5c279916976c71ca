package io.holdfast.local.template;

import com.fasterxml.jackson.databind.node.ObjectNode;

import java.util.Map;

/**
 * A template as it was written: every intrinsic function in its long form, and where each value
 * stands.
 *
 * @param name what messages call the file
 * @param root the whole template
 * @param lines path → line, counted from 1; a path is the keys from the root, joined by dots
 */
record Document(String name, ObjectNode root, Map<String, Integer> lines) {

    /** What is wrong at a path, as one line. */
    TemplateException fault(String path, String sentence) {
        return new TemplateException(place(path) + ": " + sentence);
    }

    /** What a reader of the template should know about a path. */
    String warning(String path, String sentence) {
        return name + ": " + shown(path) + " " + sentence;
    }

    private String place(String path) {
        Integer line = null;
        for (String at = path; line == null && !at.isEmpty(); at = parent(at)) {
            line = lines.get(at);
        }
        String file = line == null ? name : name + ":" + line;
        return path.isEmpty() ? file : file + ": " + shown(path);
    }

    /** Resources are known by their own names. */
    private static String shown(String path) {
        return path.startsWith("Resources.") ? path.substring("Resources.".length()) : path;
    }

    private static String parent(String path) {
        int dot = path.lastIndexOf('.');
        return dot < 0 ? "" : path.substring(0, dot);
    }
}
