package io.holdfast.platform;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Takes secrets out of what is stored, sent or logged.
 *
 * <p>A secret is known by the name of its key, not by its looks.
 */
public final class Redaction {
    /** What stands in the place of a secret. */
    public static final String REDACTED = "[redacted]";

    private static final List<String> WITHIN =
            List.of(
                    "password",
                    "passwd",
                    "passphrase",
                    "secret",
                    "apikey",
                    "accesskey",
                    "privatekey",
                    "credential",
                    "authorization");
    private static final List<String> AT_END = List.of("token", "pwd", "cookie", "auth");
    private static final Set<String> WHOLE = Set.of("pin", "otp");

    /** Places in a list, which a caller needs to read on. */
    private static final Set<String> NEVER =
            Set.of("nextpagetoken", "pagetoken", "nexttoken", "continuationtoken");

    private Redaction() {}

    /**
     * The value without the values of secret keys, at any depth.
     *
     * @return a copy; the very same value if nothing in it is secret
     */
    public static JsonNode of(JsonNode json) {
        return holdsSecret(json) ? copy(json) : json;
    }

    /**
     * The text without what looks like a secret: the values of secret keys ({@code key=value},
     * {@code "key": "value"}), what follows {@code Bearer} or {@code Basic}, passwords in URLs.
     *
     * <p>For the messages of errors. It may take out a word too many; of a secret that is written
     * in another way it knows nothing. Takes time in proportion to the text.
     */
    public static String ofText(String text) {
        return new RedactionText(text).redacted();
    }

    /** Whether the values of a key are secret, however it is spelt. */
    static boolean isSecret(String key) {
        String name = plain(key);
        if (NEVER.contains(name) || name.endsWith("tokens")) {
            return false;
        }
        return WHOLE.contains(name)
                || AT_END.stream().anyMatch(name::endsWith)
                || WITHIN.stream().anyMatch(name::contains);
    }

    /** Whether a key looks like a secret one but is a place in a list. */
    static boolean isPlace(String key) {
        return NEVER.contains(plain(key));
    }

    /** Lower case, letters and digits alone, without the digits at the end. */
    private static String plain(String key) {
        StringBuilder plain = new StringBuilder(key.length());
        key.codePoints()
                .filter(Character::isLetterOrDigit)
                .map(Character::toLowerCase)
                .forEach(plain::appendCodePoint);
        int end = plain.length();
        while (end > 0 && Character.isDigit(plain.charAt(end - 1))) {
            end--;
        }
        return plain.substring(0, end);
    }

    private static boolean holdsSecret(JsonNode json) {
        for (Map.Entry<String, JsonNode> field : json.properties()) {
            if (isSecret(field.getKey()) && !REDACTED.equals(field.getValue().textValue())) {
                return true;
            }
        }
        for (JsonNode value : json) {
            if (holdsSecret(value)) {
                return true;
            }
        }
        return false;
    }

    private static JsonNode copy(JsonNode json) {
        return switch (json) {
            case ObjectNode object -> {
                ObjectNode copy = object.objectNode();
                for (Map.Entry<String, JsonNode> field : object.properties()) {
                    String key = field.getKey();
                    copy.set(
                            key,
                            isSecret(key) ? TextNode.valueOf(REDACTED) : copy(field.getValue()));
                }
                yield copy;
            }
            case ArrayNode array -> {
                ArrayNode copy = array.arrayNode(array.size());
                for (JsonNode value : array) {
                    copy.add(copy(value));
                }
                yield copy;
            }
            default -> json.deepCopy();
        };
    }
}
