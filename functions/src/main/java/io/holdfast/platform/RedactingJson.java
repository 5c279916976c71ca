package io.holdfast.platform;

import com.fasterxml.jackson.core.JsonProcessingException;

import java.util.BitSet;

/**
 * Takes the values of secret keys out of JSON text that comes in pieces, cut anywhere.
 *
 * <p>What comes out, put together, is the JSON of {@link Redaction#of}; all that is not secret is
 * passed on as it is written, and at once. Where the text stops being JSON, nothing more comes out:
 * nobody can tell any longer what belongs to which key. Not for use by several threads.
 */
public final class RedactingJson {
    private final StringBuilder out = new StringBuilder();
    private final StringBuilder key = new StringBuilder();
    // The objects (true) and arrays that are open.
    private final BitSet objects = new BitSet();
    private int depth;
    private State state = State.VALUE;
    private boolean escaped;
    private boolean secretFollows;
    // How deep the secret value lies that is being passed over; -1 if none is.
    private int hiddenAt = -1;

    /** What may come next. */
    private enum State {
        VALUE,
        VALUE_OR_END,
        KEY,
        KEY_OR_END,
        COLON,
        AFTER_VALUE,
        IN_STRING,
        IN_KEY,
        IN_WORD,
        BROKEN
    }

    /** Takes the next piece, and gives what may be shown by now. */
    public String take(String delta) {
        for (int at = 0; at < delta.length(); at++) {
            next(delta.charAt(at));
        }
        // Half a character cannot be sent by itself.
        int end = out.length();
        if (end > 0 && Character.isHighSurrogate(out.charAt(end - 1))) {
            end--;
        }
        String shown = out.substring(0, end);
        out.delete(0, end);
        return shown;
    }

    /** The text is over: gives the rest of it. */
    public String end() {
        String rest = out.toString();
        out.setLength(0);
        state = State.BROKEN;
        return rest;
    }

    private void next(char c) {
        switch (state) {
            case IN_STRING -> {
                pass(c);
                if (endsString(c)) {
                    afterValue();
                }
            }
            case IN_KEY -> {
                pass(c);
                if (endsString(c)) {
                    endKey();
                } else {
                    key.append(c);
                }
            }
            case IN_WORD -> {
                if (isWord(c)) {
                    pass(c);
                } else {
                    afterValue();
                    between(c);
                }
            }
            case VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, AFTER_VALUE -> between(c);
            case BROKEN -> {
                // Nothing of it can be trusted.
            }
        }
    }

    private void between(char c) {
        if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            pass(c);
            return;
        }
        switch (state) {
            case VALUE -> value(c);
            case VALUE_OR_END -> {
                if (c == ']') {
                    close(c);
                } else {
                    value(c);
                }
            }
            case KEY -> key(c);
            case KEY_OR_END -> {
                if (c == '}') {
                    close(c);
                } else {
                    key(c);
                }
            }
            case COLON -> become(c == ':' ? State.VALUE : State.BROKEN, c);
            case AFTER_VALUE -> {
                boolean inObject = depth > 0 && objects.get(depth - 1);
                if (depth > 0 && c == ',') {
                    become(inObject ? State.KEY : State.VALUE, c);
                } else if (depth > 0 && c == (inObject ? '}' : ']')) {
                    close(c);
                } else {
                    state = State.BROKEN;
                }
            }
            case IN_STRING, IN_KEY, IN_WORD, BROKEN -> throw new IllegalStateException();
        }
    }

    private void value(char c) {
        State next =
                switch (c) {
                    case '"' -> State.IN_STRING;
                    case '{' -> State.KEY_OR_END;
                    case '[' -> State.VALUE_OR_END;
                    default -> isWord(c) ? State.IN_WORD : State.BROKEN;
                };
        if (secretFollows && next != State.BROKEN) {
            secretFollows = false;
            out.append('"').append(Redaction.REDACTED).append('"');
            hiddenAt = depth;
        }
        if (c == '{' || c == '[') {
            objects.set(depth, c == '{');
            depth++;
        }
        become(next, c);
    }

    private void key(char c) {
        become(c == '"' ? State.IN_KEY : State.BROKEN, c);
    }

    private void endKey() {
        state = State.COLON;
        try {
            // What lies within a secret value is passed over whole.
            secretFollows =
                    hiddenAt < 0
                            && Redaction.isSecret(Json.read('"' + key.toString() + '"').asText());
        } catch (JsonProcessingException e) {
            state = State.BROKEN;
        }
        key.setLength(0);
    }

    private void close(char c) {
        pass(c);
        depth--;
        afterValue();
    }

    private void afterValue() {
        state = State.AFTER_VALUE;
        if (hiddenAt == depth) {
            hiddenAt = -1;
        }
    }

    private void become(State next, char c) {
        state = next;
        if (next != State.BROKEN) {
            pass(c);
        }
    }

    private void pass(char c) {
        if (hiddenAt < 0) {
            out.append(c);
        }
    }

    private boolean endsString(char c) {
        boolean wasEscaped = escaped;
        escaped = !wasEscaped && c == '\\';
        return c == '"' && !wasEscaped;
    }

    /** What numbers, {@code true}, {@code false} and {@code null} are made of. */
    private static boolean isWord(char c) {
        return (c >= '0' && c <= '9')
                || (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || c == '-'
                || c == '+'
                || c == '.';
    }
}
