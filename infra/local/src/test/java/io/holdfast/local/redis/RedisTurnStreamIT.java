package io.holdfast.local.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.platform.TurnId;
import io.holdfast.stream.Fence;
import io.holdfast.stream.InMemoryTurnStream;
import io.holdfast.stream.LiveStress;
import io.holdfast.stream.RedisTurnStream;
import io.holdfast.stream.StreamSchedule;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;
import io.holdfast.stream.TurnStream.Beginning;
import io.holdfast.stream.TurnStreamContract;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import redis.clients.jedis.RedisClient;
import redis.clients.jedis.StreamEntryID;
import redis.clients.jedis.exceptions.JedisException;

import java.time.Duration;
import java.util.List;
import java.util.Random;

/** The contract on a real Redis, and what only Redis has: lives, evictions, scripts forgotten. */
@Tag("side-by-side")
class RedisTurnStreamIT extends TurnStreamContract {
    private static RedisProcess process;
    private static RedisClient redis;

    @BeforeAll
    static void start() {
        process = RedisProcess.start(RedisProcess.Settings.IN_MEMORY);
        redis = RedisClient.create(process.url());
    }

    @AfterAll
    static void end() {
        redis.close();
        process.close();
    }

    RedisTurnStreamIT() {
        super(new RedisTurnStream(redis, SETTINGS));
    }

    @Override
    protected void forget() {
        redis.flushAll();
    }

    @Override
    protected void lose(InMemoryTurnStream.Part part) {
        lose(turn, part);
    }

    private void lose(TurnId of, InMemoryTurnStream.@Nullable Part part) {
        if (part == null) {
            redis.flushAll();
        } else {
            redis.del(key(of, part));
        }
    }

    @Override
    protected void loseNewest() {
        String newest = redis.hget(key("turn"), "next");
        redis.xdel(key("chunks"), new StreamEntryID(newest + "-0"));
        redis.hincrBy(key("turn"), "next", -1);
    }

    @Test
    void everyKeyOfATurnSharesItsHashTag() {
        attach(ALICE, 0, "writer");
        append(FIRST, "a");
        assertThat(redis.keys("*" + turn + "*"))
                .containsExactlyInAnyOrder(key("chunks"), key("turn"), key("subs"));
    }

    @Test
    void entriesAreNumberedFromOne() {
        append(FIRST, "a", "b");
        assertThat(redis.xrange(key("chunks"), "-", "+"))
                .extracting(entry -> entry.getID().toString())
                .containsExactly("1-0", "2-0");
    }

    @Test
    void everyCallOfARunningTurnRenewsAllItsLives() {
        attach(ALICE, 0, "writer");
        append(FIRST, "a");
        for (Runnable call :
                List.<Runnable>of(
                        () -> stream.open(turn, Fence.NONE, NOW),
                        () -> stream.open(turn, new Fence(1, 2), NOW),
                        () -> append(new Fence(1, 2), "b"),
                        () -> attach(BOB, 0, "replay"),
                        () -> stream.adopt(turn, List.of(), NOW),
                        () -> stream.take(turn, "finish", NOW),
                        () -> advance(BOB, 0, "replay"))) {
            List.of("chunks", "turn", "subs").forEach(key -> redis.pexpire(key(key), 60_000));
            call.run();
            assertLives(SETTINGS.activeLife());
        }
    }

    @Test
    void anEndedTurnLivesOutItsLastHour() {
        append(FIRST, "a");
        stream.close(turn, TurnStatus.COMPLETED, List.of("end"), "finish", NOW);
        assertLives(SETTINGS.endedLife());
        List.of("chunks", "turn", "subs").forEach(key -> redis.pexpire(key(key), 60_000));

        stream.open(turn, new Fence(1, 2), NOW);
        attach(ALICE, 0, "replay");
        stream.adopt(turn, List.of(new TurnStream.Subscription(BOB, 0, 0)), NOW);
        stream.take(turn, "finish", NOW);
        advance(ALICE, 0, "replay");

        assertLives(Duration.ofMinutes(1));
    }

    @Test
    void aStreamLivesAsLongAsItsBeginningSays() {
        assertLives(SETTINGS.activeLife());
        forget();
        stream.create(turn, new Beginning(TurnStatus.CANCELLED, List.of("a"), 1, 0), NOW);
        assertLives(SETTINGS.endedLife());
    }

    private void assertLives(Duration life) {
        for (String key : List.of("chunks", "turn", "subs")) {
            if (redis.exists(key(key))) {
                assertThat(redis.pttl(key(key)))
                        .as(key)
                        .isBetween(life.toMillis() - 10_000, life.toMillis());
            }
        }
    }

    @Test
    void scriptsThatRedisForgotAreSentAgain() {
        append(FIRST, "a");
        redis.scriptFlush(key("turn"));
        assertThat(written(append(FIRST, "b")).next()).isEqualTo(2);
    }

    @Test
    void whatGoesWrongWithRedisIsThrown() {
        try (RedisClient nowhere = RedisClient.create("127.0.0.1", 1)) {
            TurnStream broken = new RedisTurnStream(nowhere, SETTINGS);
            assertThatThrownBy(() -> broken.open(turn, FIRST, NOW))
                    .isInstanceOf(JedisException.class);
        }
        redis.del(key("chunks"));
        redis.set(key("chunks"), "not a stream");
        assertThatThrownBy(() -> append(FIRST, "a")).isInstanceOf(JedisException.class);
    }

    @Test
    void noScheduleLosesOrDisordersAChunk() {
        Random seeds = new Random();
        for (int i = 0; i < 500; i++) {
            StreamSchedule.play(stream, this::lose, SETTINGS, seeds.nextLong());
        }
    }

    @Test
    @Timeout(60)
    void everyoneGetsEverythingInOrderUnderStress() {
        LiveStress.play(new RedisTurnStream(redis, LiveStress.SETTINGS));
    }

    @Test
    @Timeout(60)
    void theSlowDelayNoWriter() {
        LiveStress.playWithTheSlow(new RedisTurnStream(redis, LiveStress.SETTINGS));
    }

    private static String key(TurnId of, InMemoryTurnStream.Part part) {
        return key(
                of,
                switch (part) {
                    case CHUNKS -> "chunks";
                    case TURN -> "turn";
                    case SUBSCRIBERS -> "subs";
                });
    }

    private String key(String name) {
        return key(turn, name);
    }

    private static String key(TurnId of, String name) {
        return "{" + of + "}:" + name;
    }
}
