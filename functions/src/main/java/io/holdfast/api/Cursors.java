package io.holdfast.api;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Places in lists, as clients carry them from page to page without looking inside. */
final class Cursors {
    /** What is wrong with one that cannot be read. */
    static final String RULE = "cursor must be the nextCursor of the page before.";

    private Cursors() {}

    static String write(String place) {
        return Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(place.getBytes(StandardCharsets.US_ASCII));
    }

    /** The place, if it has the form of one of this list. */
    static Optional<MatchResult> read(String cursor, Pattern form) {
        try {
            Matcher place =
                    form.matcher(
                            new String(
                                    Base64.getUrlDecoder().decode(cursor),
                                    StandardCharsets.US_ASCII));
            return place.matches() ? Optional.of(place.toMatchResult()) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }
}
