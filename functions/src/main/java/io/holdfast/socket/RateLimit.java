package io.holdfast.socket;

import io.holdfast.platform.UserId;

import redis.clients.jedis.UnifiedJedis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * Limits how often a user may send or resume: so many a second in the long run, twice as many at
 * once.
 *
 * <p>One flooding client must not take the functions' concurrency from everybody else.
 */
final class RateLimit {
    private static final String ADMIT = script();

    private final UnifiedJedis redis;
    private final int perSecond;

    RateLimit(UnifiedJedis redis, int perSecond) {
        this.redis = redis;
        this.perSecond = perSecond;
    }

    /** What is limited, each by itself: whoever floods with messages can still stop them. */
    enum Kind {
        MESSAGE,
        ABORT
    }

    /** Takes one turn of the user's; returns how long to wait if there is none, else zero. */
    Duration admit(UserId user, Kind kind, Instant now) {
        Object wait =
                redis.eval(
                        ADMIT,
                        List.of("{" + user + "}:rate:" + kind.name().toLowerCase(Locale.ROOT)),
                        List.of(
                                Long.toString(now.toEpochMilli()),
                                Double.toString(1000.0 / perSecond),
                                Integer.toString(2 * perSecond)));
        return Duration.ofMillis((Long) wait);
    }

    private static String script() {
        try (InputStream in = RateLimit.class.getResourceAsStream("admit.lua")) {
            if (in == null) {
                throw new IllegalStateException("no script admit.lua beside this class");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
