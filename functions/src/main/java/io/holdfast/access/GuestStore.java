package io.holdfast.access;

import io.holdfast.platform.Checks;
import io.holdfast.platform.Hashes;
import io.holdfast.platform.Ids;
import io.holdfast.platform.Item;
import io.holdfast.platform.RecordTable;
import io.holdfast.platform.UserId;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Guests: users whom no issuer knows, and who are who they were by a secret that they were given.
 *
 * <p>Items {@code GUEST#<digits>}, {@code GUEST}: the hash of the secret, a plain one for the
 * reason that {@link ApiKeyStore} gives. It stands among the {@link Checks}, and is removed when
 * all that the guest has left is deleted: so it must not go by a TTL before. It stands there from
 * the guest's arrival on, because what they begin, they begin in many places and by both doors.
 */
public final class GuestStore {
    /** What the ids of guests begin with; nobody whom the issuer knows is called so. */
    static final String USER_PREFIX = "guest:";

    static final String TOKEN_PREFIX = "hfg_";

    /** Who comes back later finds nothing of theirs, unless they have signed in and claimed it. */
    static final Duration LIFE = Duration.ofDays(30);

    /**
     * What they have left is looked for so much later: a connection that a guest opened before the
     * end takes messages for two hours more (API Gateway, "WebSocket quotas"), and functions and
     * indexes take their time.
     */
    private static final Duration LINGERING = Duration.ofHours(4);

    private static final Pattern TOKEN =
            Pattern.compile(TOKEN_PREFIX + "(?<digits>[0-9a-f]{24})_(?<secret>[0-9a-f]{64})");
    private static final String GUEST = "GUEST";
    private static final String PK = "GUEST#";
    private static final String UNTIL = "goodUntil";

    private final RecordTable table;
    private final Ids ids;

    /** The guests in this table. */
    public GuestStore(RecordTable table, Ids ids) {
        this.table = table;
        this.ids = ids;
    }

    /**
     * A new guest.
     *
     * @param token by which they are known, here and never again
     */
    public record Arrived(UserId user, String token, Instant expiresAt) {}

    /** Lets a new guest in. */
    public Arrived arrive(Instant now) {
        String digits = ids.next(GUEST).substring(GUEST.length() + 1);
        String secret = ids.secret();
        Instant until = now.plus(LIFE);
        table.put(
                Item.at(pk(digits), GUEST)
                        .text("hash", Hashes.sha256(secret))
                        .time("createdAt", now)
                        .time(UNTIL, until)
                        .text(Checks.SHARD, Checks.shardOf(Checks.Line.GUESTS, digits))
                        .time(Checks.AT, until.plus(LINGERING)));
        return new Arrived(
                new UserId(USER_PREFIX + digits), TOKEN_PREFIX + digits + "_" + secret, until);
    }

    /** Which guest a token is of; empty if of none, or of one who came too long ago. */
    public Optional<UserId> verify(String token, Instant now) {
        Matcher parts = TOKEN.matcher(token);
        if (!parts.matches()) {
            return Optional.empty();
        }
        byte[] hash = Hashes.sha256(parts.group("secret")).getBytes(StandardCharsets.US_ASCII);
        return table.get(pk(parts.group("digits")), GUEST)
                .filter(item -> now.isBefore(item.time(UNTIL)))
                .filter(
                        item ->
                                MessageDigest.isEqual(
                                        hash,
                                        item.text("hash").getBytes(StandardCharsets.US_ASCII)))
                .map(item -> new UserId(USER_PREFIX + parts.group("digits")));
    }

    /**
     * Guests who cannot come back, and whose things are to be deleted; the index may lag behind.
     *
     * @param shard from 0 to {@link Checks#SHARDS} - 1
     */
    public List<UserId> due(int shard, Instant now, int limit) {
        return Checks.due(table, Checks.Line.GUESTS, shard, now, limit).stream()
                .map(item -> new UserId(USER_PREFIX + item.text("pk").substring(PK.length())))
                .toList();
    }

    /** Forgets a guest of whom nothing is left. */
    public void forget(UserId guest) {
        table.delete(pk(guest.value().substring(USER_PREFIX.length())), GUEST);
    }

    private static String pk(String digits) {
        return PK + digits;
    }
}
