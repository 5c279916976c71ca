package io.holdfast.socket;

import io.holdfast.platform.UserId;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import redis.clients.jedis.UnifiedJedis;
import redis.clients.jedis.exceptions.JedisException;

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
    private static final Logger LOG = LoggerFactory.getLogger(RateLimit.class);
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

    /**
     * Takes one turn of the user's; returns how long to wait if there is none, else zero. While
     * Redis is away nobody waits: a limit must not be what loses a message.
     */
    Duration admit(UserId user, Kind kind, Instant now) {
        try {
            Object wait =
                    redis.eval(
                            ADMIT,
                            List.of("{" + user + "}:rate:" + kind.name().toLowerCase(Locale.ROOT)),
                            List.of(
                                    Long.toString(now.toEpochMilli()),
                                    Double.toString(1000.0 / perSecond),
                                    Integer.toString(2 * perSecond)));
            return Duration.ofMillis((Long) wait);
        } catch (JedisException e) {
            LOG.warn("The rate limit is off: Redis does not answer ({})", e.getMessage());
            return Duration.ZERO;
        }
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
