package io.holdfast.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.access.RateLimit.Kind;
import io.holdfast.access.RateLimit.Rates;
import io.holdfast.local.redis.RedisProcess;
import io.holdfast.platform.RedisClients;
import io.holdfast.platform.UserId;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import redis.clients.jedis.UnifiedJedis;

import java.time.Duration;
import java.time.Instant;
import java.util.stream.IntStream;

final class RateLimitIT {
    private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

    private static RedisProcess server;
    private static UnifiedJedis redis;

    @BeforeAll
    static void start() {
        server = RedisProcess.start(RedisProcess.Settings.IN_MEMORY);
        redis = RedisClients.connect(server.url());
    }

    @AfterAll
    static void stop() {
        redis.close();
        server.close();
    }

    @Test
    void admitsTwiceTheRateAtOnceAndThenSaysHowLongToWait() {
        RateLimit limit = new RateLimit(redis, new Rates(10, 1_000));
        UserId user = new UserId("burst");

        assertThat(admitted(limit, user, NOW, 25)).isEqualTo(20);
        assertThat(limit.admit(user, Kind.MESSAGE, NOW)).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void admitsAtTheRateInTheLongRun() {
        RateLimit limit = new RateLimit(redis, new Rates(10, 1_000));
        UserId user = new UserId("steady");
        admitted(limit, user, NOW, 20);

        assertThat(admitted(limit, user, NOW.plusMillis(1_000), 100)).isEqualTo(10);
        assertThat(admitted(limit, user, NOW.plusMillis(60_000), 100)).isEqualTo(20);
    }

    @Test
    void doesNotMakeOneUserPayForAnother() {
        RateLimit limit = new RateLimit(redis, new Rates(1, 1_000));
        admitted(limit, new UserId("greedy"), NOW, 100);

        assertThat(limit.admit(new UserId("modest"), Kind.MESSAGE, NOW)).isEqualTo(Duration.ZERO);
    }

    @Test
    void letsAFloodBeStopped() {
        RateLimit limit = new RateLimit(redis, new Rates(1, 1_000));
        UserId user = new UserId("flooding");
        admitted(limit, user, NOW, 100);

        assertThat(limit.admit(user, Kind.ABORT, NOW)).isEqualTo(Duration.ZERO);
    }

    @Test
    void countsOtherRequestsByThemselves() {
        RateLimit limit = new RateLimit(redis, new Rates(1, 3));
        UserId user = new UserId("reading");
        admitted(limit, user, NOW, 100);

        assertThat(
                        IntStream.range(0, 100)
                                .filter(_ -> limit.admit(user, Kind.REQUEST, NOW).isZero())
                                .count())
                .isEqualTo(6);
    }

    @Test
    void countsGuestsByTheirAddress() {
        RateLimit limit = new RateLimit(redis, new Rates(1, 1));

        assertThat(arrived(limit, "192.0.2.1")).isEqualTo(20);
        assertThat(arrived(limit, "192.0.2.1")).isZero();
        assertThat(arrived(limit, "192.0.2.2")).isEqualTo(20);
    }

    private static long arrived(RateLimit limit, String address) {
        return IntStream.range(0, 100)
                .filter(_ -> limit.admit(address, Kind.GUEST, NOW).isZero())
                .count();
    }

    @Test
    void letsEverybodyInWhileRedisIsAway() {
        RedisProcess gone = RedisProcess.start(RedisProcess.Settings.IN_MEMORY);
        try (UnifiedJedis client = RedisClients.connect(gone.url())) {
            RateLimit limit = new RateLimit(client, new Rates(1, 1));
            UserId user = new UserId("patient");
            assertThat(admitted(limit, user, NOW, 100)).isEqualTo(2);

            gone.close();

            assertThat(admitted(limit, user, NOW, 100)).isEqualTo(100);
        }
    }

    private static long admitted(RateLimit limit, UserId user, Instant now, int times) {
        return IntStream.range(0, times)
                .filter(_ -> limit.admit(user, Kind.MESSAGE, now).isZero())
                .count();
    }
}
