package io.holdfast.access;

import io.holdfast.platform.Hashes;
import io.holdfast.platform.Ids;
import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.RecordTable.Change;
import io.holdfast.platform.UserId;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The keys of users, for services that act for them.
 *
 * <p>Items: {@code KEY#<id>} with the key and the hash of its secret; under {@code USER#<id>},
 * {@code KEY#00} to {@code KEY#19}, with the id of the key that has this place. There are no more
 * places than keys that a user may have, so two that are made at once cannot both be the last. Who
 * can read the table cannot act by a key: the secret has 256 random bits, which nobody finds by
 * trying, so that a plain SHA-256 of it tells nothing; only what people think up needs a slow hash.
 */
public final class ApiKeyStore {
    /** A secret scanner finds keys in code by this. */
    static final String TOKEN_PREFIX = "hf_";

    /** So many a user has at most: each service should have its own, and few have many. */
    public static final int MOST = 20;

    private static final Pattern TOKEN =
            Pattern.compile(TOKEN_PREFIX + "(?<id>[0-9a-f]{24})_(?<secret>[0-9a-f]{64})");
    private static final String KEY = "KEY";
    private static final String PLACE = "KEY#";

    /** How often what others crossed is tried again: each of them may take another place. */
    private static final int CROSSINGS = MOST + 5;

    private final RecordTable table;
    private final Ids ids;

    /** The keys in this table. */
    public ApiKeyStore(RecordTable table, Ids ids) {
        this.table = table;
        this.ids = ids;
    }

    /** What came of making a key. */
    public sealed interface Created {
        /**
         * It is made.
         *
         * @param token what the service sends; it cannot be had again
         */
        record Now(ApiKey key, String token) implements Created {}

        /** The user has {@value ApiKeyStore#MOST} already. */
        record TooMany() implements Created {}
    }

    /**
     * Makes a key.
     *
     * @throws IllegalStateException if others crossed it: it can be tried again
     */
    public Created create(
            UserId user,
            String name,
            Set<Scope> scopes,
            Set<String> roles,
            Duration life,
            Instant now) {
        KeyId id = new KeyId(ids.next(KeyId.PREFIX));
        String secret = ids.secret();
        // Those that are made at once look for a place in different corners.
        int first = Integer.parseInt(digits(id).substring(0, 4), 16);
        // DynamoDB's time to live has whole seconds.
        Instant expiry = now.plus(life).truncatedTo(ChronoUnit.SECONDS);
        ApiKey key = new ApiKey(id, user, name, scopes, roles, now, expiry);
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            Set<String> taken =
                    places(user, now).stream()
                            .map(place -> place.text("sk"))
                            .collect(Collectors.toSet());
            Optional<String> free =
                    IntStream.range(first, first + MOST)
                            .map(place -> place % MOST)
                            .mapToObj((PLACE + "%02d")::formatted)
                            .filter(place -> !taken.contains(place))
                            .findFirst();
            if (free.isEmpty()) {
                return new Created.TooMany();
            }
            boolean done =
                    table.transact(
                            List.of(
                                    table.creating(encode(key, secret)),
                                    table.changing(
                                            userPk(user),
                                            free.get(),
                                            new Change(
                                                    "SET keyId = :keyId, expiresAt = :expiresAt",
                                                    "attribute_not_exists(pk) OR expiresAt <="
                                                            + " :now",
                                                    List.of(),
                                                    Item.empty()
                                                            .text("keyId", id.value())
                                                            .expiresAt(key.expiresAt())
                                                            .number(
                                                                    "now",
                                                                    now.getEpochSecond())))));
            if (done) {
                return new Created.Now(key, TOKEN_PREFIX + digits(id) + "_" + secret);
            }
        }
        throw new IllegalStateException("Others crossed the making of a key");
    }

    /** The keys of a user that are good, those first that were made first. */
    public List<ApiKey> list(UserId user, Instant now) {
        return places(user, now).stream()
                .map(place -> find(new KeyId(place.text("keyId")), now))
                .flatMap(Optional::stream)
                .sorted(Comparator.comparing(ApiKey::createdAt))
                .toList();
    }

    /**
     * Ends a key, at once and for good.
     *
     * @return whether the user had it
     * @throws IllegalStateException if others crossed it: it can be tried again
     */
    public boolean revoke(UserId user, KeyId id, Instant now) {
        for (int crossing = 0; crossing < CROSSINGS; crossing++) {
            Optional<Item> place =
                    places(user, now).stream()
                            .filter(item -> item.text("keyId").equals(id.value()))
                            .findFirst();
            if (place.isEmpty()) {
                return false;
            }
            boolean done =
                    table.transact(
                            List.of(
                                    table.deleting(pk(id), KEY),
                                    // Another key may have got the place since.
                                    table.removing(
                                            userPk(user),
                                            place.get().text("sk"),
                                            "keyId = :keyId",
                                            Item.empty().text("keyId", id.value()))));
            if (done) {
                return true;
            }
        }
        throw new IllegalStateException("Others crossed the end of a key");
    }

    /** The key that a token is of; empty if it is none, has been revoked or has expired. */
    Optional<ApiKey> verify(String token, Instant now) {
        Matcher parts = TOKEN.matcher(token);
        if (!parts.matches()) {
            return Optional.empty();
        }
        KeyId id = new KeyId(KeyId.PREFIX + "_" + parts.group("id"));
        byte[] hash = Hashes.sha256(parts.group("secret")).getBytes(StandardCharsets.US_ASCII);
        return item(id, now)
                .filter(
                        item ->
                                MessageDigest.isEqual(
                                        hash,
                                        item.text("hash").getBytes(StandardCharsets.US_ASCII)))
                .map(item -> decode(id, item));
    }

    /** A key by its id; empty if there is none, or none any more. */
    Optional<ApiKey> find(KeyId id, Instant now) {
        return item(id, now).map(item -> decode(id, item));
    }

    private Optional<Item> item(KeyId id, Instant now) {
        return table.get(pk(id), KEY).filter(item -> !item.isExpired(now));
    }

    private List<Item> places(UserId user, Instant now) {
        return table.all(userPk(user), PLACE).stream()
                .filter(item -> !item.isExpired(now))
                .toList();
    }

    private static Item encode(ApiKey key, String secret) {
        return Item.at(pk(key.id()), KEY)
                .text("user", key.user().value())
                .text("name", key.name())
                .text(
                        "scopes",
                        key.scopes().stream().map(Scope::wireName).collect(Collectors.joining(" ")))
                .text("roles", String.join("\n", key.roles()))
                .text("hash", Hashes.sha256(secret))
                .time("createdAt", key.createdAt())
                .expiresAt(key.expiresAt());
    }

    private static ApiKey decode(KeyId id, Item item) {
        return new ApiKey(
                id,
                new UserId(item.text("user")),
                item.text("name"),
                // A scope that is no more gives nothing.
                Arrays.stream(item.text("scopes").split(" ", -1))
                        .map(Scope::named)
                        .flatMap(Optional::stream)
                        .collect(Collectors.toUnmodifiableSet()),
                item.text("roles").lines().collect(Collectors.toUnmodifiableSet()),
                item.time("createdAt"),
                Instant.ofEpochSecond(item.number("expiresAt")));
    }

    private static String digits(KeyId id) {
        return id.value().substring(KeyId.PREFIX.length() + 1);
    }

    private static String pk(KeyId id) {
        return "KEY#" + id;
    }

    private static String userPk(UserId user) {
        return "USER#" + user;
    }
}
