package io.holdfast.access;

import io.holdfast.platform.ConfigReader;
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
 * Limits how often a user may ask for something, over both doors together: so many a second in the
 * long run, twice as many at once.
 *
 * <p>One flooding client must not take the functions' concurrency from everybody else.
 */
public final class RateLimit {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimit.class);
    private static final String ADMIT = script();

    /** So long nobody asks a Redis that did not answer: an outage costs few requests a wait. */
    private static final Duration AWAY = Duration.ofSeconds(5);

    private final UnifiedJedis redis;
    private final Rates rates;
    private volatile Instant awayUntil = Instant.MIN;

    /** Counts in this Redis. */
    public RateLimit(UnifiedJedis redis, Rates rates) {
        this.redis = redis;
        this.rates = rates;
    }

    /**
     * How much is admitted.
     *
     * @param sends messages and resumes a second and user, and as many aborts
     * @param requests other requests over HTTP a second and user
     */
    public record Rates(int sends, int requests) {
        /** Reads {@code SENDS_PER_SECOND} and {@code REQUESTS_PER_SECOND}. */
        public static Rates from(ConfigReader config) {
            return new Rates(
                    config.positive("SENDS_PER_SECOND", 20),
                    config.positive("REQUESTS_PER_SECOND", 50));
        }

        private int of(Kind kind) {
            return switch (kind) {
                case MESSAGE, ABORT -> sends;
                case REQUEST -> requests;
                case GUEST -> GUESTS;
            };
        }

        /** A whole office has one address, but seldom more new guests than that. */
        private static final int GUESTS = 10;
    }

    /** What is limited, each by itself: whoever floods with messages can still stop them. */
    public enum Kind {
        /** Begins or receives a turn. */
        MESSAGE,
        /** Stops one. */
        ABORT,
        /** Anything else over HTTP. */
        REQUEST,
        /** Comes as a guest; counted by address. */
        GUEST
    }

    /**
     * Takes one turn of the user's; returns how long to wait if there is none, else zero. While
     * Redis is away nobody waits: a limit must not be what loses a message.
     */
    public Duration admit(UserId user, Kind kind, Instant now) {
        return admit(user.value(), kind, now);
    }

    /** The same for whoever is not a user yet. */
    public Duration admit(String who, Kind kind, Instant now) {
        if (now.isBefore(awayUntil)) {
            return Duration.ZERO;
        }
        int perSecond = rates.of(kind);
        try {
            Object wait =
                    redis.eval(
                            ADMIT,
                            List.of("{" + who + "}:rate:" + kind.name().toLowerCase(Locale.ROOT)),
                            List.of(
                                    Long.toString(now.toEpochMilli()),
                                    Double.toString(1000.0 / perSecond),
                                    Integer.toString(2 * perSecond)));
            return Duration.ofMillis((Long) wait);
        } catch (JedisException e) {
            awayUntil = now.plus(AWAY);
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
