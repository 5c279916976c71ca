package io.holdfast.platform;

import java.util.Locale;
import java.util.Set;

/**
 * Finds secrets in free text, from left to right, looking at no character more than a few times.
 * Used once.
 */
final class RedactionText {
    /** How an {@code Authorization} header begins (RFC 9110, 11.1). */
    private static final Set<String> SCHEMES = Set.of("bearer", "basic");

    /** What is said of schemes, and is no secret. */
    private static final Set<String> SAID_OF_SCHEMES =
            Set.of(
                    "token",
                    "tokens",
                    "auth",
                    "authentication",
                    "authorization",
                    "credentials",
                    "scheme",
                    "header",
                    "realm",
                    "error");

    private final String text;
    private final StringBuilder out;
    private int at;
    // The word before, if one space or dot is all that lies between.
    private String before = "";

    RedactionText(String text) {
        this.text = text;
        this.out = new StringBuilder(text.length());
    }

    String redacted() {
        while (at < text.length()) {
            if (isWord(text.charAt(at))) {
                word();
            } else if (text.startsWith("://", at)) {
                authority();
            } else {
                if (!joins()) {
                    before = "";
                }
                copyTo(at + 1);
            }
        }
        return out.toString();
    }

    private void word() {
        int begin = at;
        int end = skip(begin, RedactionText::isWord);
        String word = text.substring(begin, end);
        copyTo(end);
        if (SCHEMES.contains(word.toLowerCase(Locale.ROOT))) {
            token();
        } else if (isSecret(word)) {
            value(begin, word);
        }
        before = at == end ? word : "";
    }

    private boolean joins() {
        char c = text.charAt(at);
        return (c == ' ' || c == '.') && at > 0 && isWord(text.charAt(at - 1));
    }

    /** "API key" is two words. */
    private boolean isSecret(String word) {
        String both = before + word;
        return !Redaction.isPlace(both) && (Redaction.isSecret(word) || Redaction.isSecret(both));
    }

    /** What follows the name of a scheme. */
    private void token() {
        int begin = skip(at, RedactionText::isBlank);
        int end = skip(begin, RedactionText::isToken);
        if (begin > at && end > begin && !isSaidOfSchemes(text.substring(begin, end))) {
            copyTo(begin);
            redactTo(end);
        }
    }

    private static boolean isSaidOfSchemes(String token) {
        int end = token.length();
        while (end > 0 && "=.-".indexOf(token.charAt(end - 1)) >= 0) {
            end--;
        }
        return SAID_OF_SCHEMES.contains(token.substring(0, end).toLowerCase(Locale.ROOT));
    }

    /** What follows a secret key, if it is one: quotes, a colon or an equals sign, a value. */
    private void value(int keyBegin, String key) {
        int quote = skip(at, c -> c == '\\');
        int slashes = quote - at;
        boolean quoted = isQuote(quote);
        int separator = skip(quoted ? quote + 1 : at, RedactionText::isSpace);
        int begin = skip(separator, c -> c == ':' || c == '=' || c == '>');
        if (begin == separator || text.charAt(separator) == '>') {
            return;
        }
        int blanks = skip(begin, RedactionText::isBlank);
        begin = skip(begin, RedactionText::isSpace);
        int open = skip(begin, c -> c == '\\');
        if (isQuote(open)) {
            copyTo(open + 1);
            int close = endOfQuoted(at, text.charAt(open), open - begin);
            redactTo(close - slashesBefore(close, open - begin));
        } else if (begin < text.length() && isOpening(text.charAt(begin))) {
            copyTo(begin);
            redactTo(endOfBrackets(begin, slashes));
        } else if (blanks == begin) {
            int end =
                    isHeader(key) && text.charAt(separator) == ':' && !quoted
                            ? endOfHeader(begin, keyBegin)
                            : endOfBare(begin);
            if (end > begin) {
                copyTo(begin);
                redactTo(end);
            }
        }
    }

    /** The backslashes that belong to a closing quote stay. */
    private int slashesBefore(int close, int most) {
        int slashes = 0;
        while (slashes < most && text.charAt(close - slashes - 1) == '\\') {
            slashes++;
        }
        return close < text.length() ? slashes : 0;
    }

    /**
     * Where a quoted value closes.
     *
     * @param slashes how many backslashes its opening quote has: JSON within a string of JSON
     */
    private int endOfQuoted(int from, char quote, int slashes) {
        int run = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == quote && (run < slashes || (run - slashes) / (slashes + 1) % 2 == 0)) {
                return i;
            }
            run = c == '\\' ? run + 1 : 0;
        }
        return text.length();
    }

    private int endOfBrackets(int from, int slashes) {
        int depth = 0;
        for (int i = from; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c == '"') {
                i = endOfQuoted(i + 1, c, slashes);
            } else if (isOpening(c)) {
                depth++;
            } else if ((c == '}' || c == ']') && --depth == 0) {
                return i + 1;
            }
        }
        return text.length();
    }

    /** To the end of the line, or of the quotes that the whole header stands in. */
    private int endOfHeader(int from, int keyBegin) {
        char around = keyBegin > 0 && isQuote(keyBegin - 1) ? text.charAt(keyBegin - 1) : '\n';
        return skip(from, c -> c != '\n' && c != '\r' && c != around);
    }

    private int endOfBare(int from) {
        int end = from;
        while (end < text.length() && !isBareEnd(end)) {
            end++;
        }
        if (SCHEMES.contains(text.substring(from, end).toLowerCase(Locale.ROOT))) {
            int token = skip(end, RedactionText::isBlank);
            return skip(token, RedactionText::isToken);
        }
        return end;
    }

    private boolean isBareEnd(int i) {
        char c = text.charAt(i);
        return isSpace(c)
                || ",;&)}]<>\"'".indexOf(c) >= 0
                || (c == '\\' && (isQuote(i + 1) || i + 1 == text.length()));
    }

    /** {@code user:password@}, after {@code ://} (RFC 3986, 3.2.1). */
    private void authority() {
        int begin = at + 3;
        int end = begin;
        int host = -1;
        int colon = -1;
        while (end < text.length() && !isAuthorityEnd(text.charAt(end))) {
            if (text.charAt(end) == '@') {
                host = end;
            } else if (text.charAt(end) == ':' && colon < 0) {
                colon = end;
            }
            end++;
        }
        before = "";
        if (colon >= 0 && colon + 1 < host) {
            copyTo(colon + 1);
            redactTo(host);
        } else {
            copyTo(begin);
        }
    }

    private static boolean isAuthorityEnd(char c) {
        return isSpace(c) || "/?#\"'<>\\".indexOf(c) >= 0;
    }

    private static boolean isHeader(String key) {
        String lower = key.toLowerCase(Locale.ROOT);
        return lower.endsWith("authorization") || lower.endsWith("cookie");
    }

    private void copyTo(int end) {
        out.append(text, at, end);
        at = end;
    }

    private void redactTo(int end) {
        if (end > at) {
            out.append(Redaction.REDACTED);
        }
        at = end;
    }

    private int skip(int from, Kind kind) {
        int end = from;
        while (end < text.length() && kind.holds(text.charAt(end))) {
            end++;
        }
        return end;
    }

    private interface Kind {
        boolean holds(char c);
    }

    private boolean isQuote(int i) {
        return i < text.length() && (text.charAt(i) == '"' || text.charAt(i) == '\'');
    }

    private static boolean isOpening(char c) {
        return c == '{' || c == '[';
    }

    private static boolean isWord(char c) {
        return Character.isLetterOrDigit(c) || c == '_' || c == '-';
    }

    private static boolean isToken(char c) {
        return isWord(c) || "._~+/=".indexOf(c) >= 0;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean isSpace(char c) {
        return Character.isWhitespace(c);
    }
}
