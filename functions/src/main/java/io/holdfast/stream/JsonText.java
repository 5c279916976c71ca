package io.holdfast.stream;

import java.util.ArrayList;
import java.util.List;

/** Measures text as it will be in JSON: escaped, in UTF-8. */
final class JsonText {
    private JsonText() {}

    /** A piece of text and the bytes that it takes in JSON. */
    record Piece(String text, int bytes) {}

    /** Cuts text into pieces of at most so many bytes, never through a character. */
    static List<Piece> cut(String text, int maxBytes) {
        List<Piece> pieces = new ArrayList<>();
        int begin = 0;
        int bytes = 0;
        int at = 0;
        while (at < text.length()) {
            int character = text.codePointAt(at);
            int size = bytes(character);
            if (bytes + size > maxBytes) {
                pieces.add(new Piece(text.substring(begin, at), bytes));
                begin = at;
                bytes = 0;
            }
            bytes += size;
            at += Character.charCount(character);
        }
        if (begin < at) {
            pieces.add(new Piece(text.substring(begin), bytes));
        }
        return pieces;
    }

    /** As Jackson escapes: quotes, backslashes and controls, nothing else. */
    private static int bytes(int character) {
        return switch (character) {
            case '"', '\\', '\b', '\t', '\n', '\f', '\r' -> 2;
            default -> {
                if (character < 0x20) {
                    yield 6;
                }
                if (character < 0x80) {
                    yield 1;
                }
                if (character < 0x800) {
                    yield 2;
                }
                yield character < 0x10000 ? 3 : 4;
            }
        };
    }
}
