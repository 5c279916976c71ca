package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.session.StoredMessage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** Looks through a conversation's messages, a bounded number of them. */
final class RecallSearch {
    static final int DEFAULT_LIMIT = 10;
    static final int MAX_LIMIT = 50;

    /** Of JSON, read at once. */
    static final int MAX_CHARACTERS = 4_000_000;

    private static final int PAGE = 200;
    private static final int MAX_LOOKED_AT = 5_000;
    private static final int EXCERPT = 500;

    private final History history;
    private final long next;

    /**
     * @param next the position after the conversation's last message
     */
    RecallSearch(History history, long next) {
        this.history = history;
        this.next = next;
    }

    /** The newest messages before a position, oldest first. */
    interface History {
        List<StoredMessage> before(long position, int maxMessages);
    }

    static ObjectNode nothing() {
        ObjectNode output = Json.object();
        output.putArray("messages");
        return output;
    }

    /** The newest messages that hold all of the query's words; without any words, the oldest. */
    ObjectNode find(String query, int wanted) {
        int limit = Math.clamp(wanted, 1, MAX_LIMIT);
        List<String> words =
                Arrays.stream(query.toLowerCase(Locale.ROOT).split("\\s+"))
                        .filter(word -> !word.isEmpty())
                        .toList();
        ObjectNode output = nothing();
        ArrayNode messages = output.withArrayProperty("messages");
        for (StoredMessage message : words.isEmpty() ? oldest(limit) : newest(words, limit)) {
            String text = message.message().text();
            messages.addObject()
                    .put("position", message.position())
                    .put("role", message.message().role().name().toLowerCase(Locale.ROOT))
                    .put("text", excerpt(text, words));
        }
        return output;
    }

    private List<StoredMessage> newest(List<String> words, int limit) {
        List<StoredMessage> found = new ArrayList<>();
        long before = next;
        for (int seen = 0; seen < MAX_LOOKED_AT && before > 0; ) {
            List<StoredMessage> page = history.before(before, PAGE);
            if (page.isEmpty()) {
                break;
            }
            for (StoredMessage message : page.reversed()) {
                String text = message.message().text().toLowerCase(Locale.ROOT);
                if (words.stream().allMatch(text::contains)) {
                    found.add(message);
                    if (found.size() == limit) {
                        return found;
                    }
                }
            }
            seen += page.size();
            before = page.getFirst().position();
        }
        return found;
    }

    /** Positions may be cut, so it looks ever further from the beginning until there are enough. */
    private List<StoredMessage> oldest(int limit) {
        long before = 2L * limit;
        while (true) {
            List<StoredMessage> messages = history.before(Math.min(before, next), MAX_LOOKED_AT);
            if (messages.size() >= limit || before >= Math.min(next, MAX_LOOKED_AT)) {
                return messages.stream().limit(limit).toList();
            }
            before *= 2;
        }
    }

    /** The text around the first of the words that it holds. */
    private static String excerpt(String text, List<String> words) {
        if (text.length() <= EXCERPT) {
            return text;
        }
        String lower = text.toLowerCase(Locale.ROOT);
        int first = words.stream().mapToInt(lower::indexOf).filter(i -> i >= 0).min().orElse(0);
        int start = Math.clamp(first - EXCERPT / 4, 0, text.length() - EXCERPT);
        if (start > 0 && Character.isLowSurrogate(text.charAt(start))) {
            start--;
        }
        return (start > 0 ? "…" : "") + Words.cut(text.substring(start), EXCERPT);
    }
}
