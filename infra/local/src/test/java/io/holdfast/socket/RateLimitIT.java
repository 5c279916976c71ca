package io.holdfast.socket;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.local.redis.RedisProcess;
import io.holdfast.platform.RedisClients;
import io.holdfast.platform.UserId;
import io.holdfast.socket.RateLimit.Kind;

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
        RateLimit limit = new RateLimit(redis, 10);
        UserId user = new UserId("burst");

        assertThat(admitted(limit, user, NOW, 25)).isEqualTo(20);
        assertThat(limit.admit(user, Kind.MESSAGE, NOW)).isEqualTo(Duration.ofMillis(100));
    }

    @Test
    void admitsAtTheRateInTheLongRun() {
        RateLimit limit = new RateLimit(redis, 10);
        UserId user = new UserId("steady");
        admitted(limit, user, NOW, 20);

        assertThat(admitted(limit, user, NOW.plusMillis(1_000), 100)).isEqualTo(10);
        assertThat(admitted(limit, user, NOW.plusMillis(60_000), 100)).isEqualTo(20);
    }

    @Test
    void doesNotMakeOneUserPayForAnother() {
        RateLimit limit = new RateLimit(redis, 1);
        admitted(limit, new UserId("greedy"), NOW, 100);

        assertThat(limit.admit(new UserId("modest"), Kind.MESSAGE, NOW)).isEqualTo(Duration.ZERO);
    }

    @Test
    void letsAFloodBeStopped() {
        RateLimit limit = new RateLimit(redis, 1);
        UserId user = new UserId("flooding");
        admitted(limit, user, NOW, 100);

        assertThat(limit.admit(user, Kind.ABORT, NOW)).isEqualTo(Duration.ZERO);
    }

    private static long admitted(RateLimit limit, UserId user, Instant now, int times) {
        return IntStream.range(0, times)
                .filter(_ -> limit.admit(user, Kind.MESSAGE, now).isZero())
                .count();
    }
}
