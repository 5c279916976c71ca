package io.holdfast.api;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Hashes;
import io.holdfast.platform.Item;
import io.holdfast.platform.Json;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.UserId;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What clients have sent under the keys of {@code Idempotency-Key} headers (IETF draft "The
 * Idempotency-Key HTTP Header Field").
 *
 * <p>That the same request again is the same turn does not rest on it: turn ids follow from what
 * was sent. It only tells one request from another that comes under the same key.
 *
 * <p>Items under {@code USER#<id>}: {@code REQUEST#<hash of path and key>} with the hash of the
 * body.
 */
final class Idempotency {
    /** Clients that try again do it within a day. */
    private static final Duration LIFE = Duration.ofDays(1);

    private static final Pattern KEY = Pattern.compile("[\\x20-\\x7E]{1,255}");

    private final RecordTable table;
    private final InstantSource clock;

    Idempotency(RecordTable table, InstantSource clock) {
        this.table = table;
        this.clock = clock;
    }

    /** What a request says of it. */
    sealed interface Key {
        /** It has a key. */
        record Given(String value) implements Key {}

        /** It has none. */
        record None() implements Key {}

        /** It has one that cannot be taken. */
        record Invalid() implements Key {}
    }

    /** What is wrong with a key that cannot be taken. */
    static final String RULE = "Idempotency-Key must be 1 to 255 printable ASCII characters.";

    static Key of(HttpRequest request) {
        String value = request.headers().get("idempotency-key");
        if (value == null) {
            return new Key.None();
        }
        return KEY.matcher(value).matches() ? new Key.Given(value) : new Key.Invalid();
    }

    /**
     * Takes a key for a request.
     *
     * @return false if another request of the user's has taken it at this path
     */
    boolean take(UserId user, String path, Key key, ObjectNode body) {
        if (!(key instanceof Key.Given(String value))) {
            return true;
        }
        String pk = "USER#" + user;
        String sk = "REQUEST#" + Hashes.sha256(path + "\n" + value);
        String hash = Hashes.sha256(Json.write(body));
        Optional<Item> before = table.get(pk, sk).filter(item -> !item.isExpired(clock.instant()));
        if (before.isPresent()) {
            return before.get().text("hash").equals(hash);
        }
        return table.update(
                        pk,
                        sk,
                        new Change(
                                "SET #hash = :hash, expiresAt = :expiresAt",
                                "attribute_not_exists(pk) OR expiresAt <= :now OR #hash ="
                                        + " :hash",
                                List.of("hash"),
                                Item.empty()
                                        .text("hash", hash)
                                        .number("now", clock.instant().getEpochSecond())
                                        .expiresAt(clock.instant().plus(LIFE))))
                .isPresent();
    }
}
