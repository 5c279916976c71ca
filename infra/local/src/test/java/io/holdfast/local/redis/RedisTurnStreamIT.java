package io.holdfast.local.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.stream.Fence;
import io.holdfast.stream.LiveStress;
import io.holdfast.stream.RedisTurnStream;
import io.holdfast.stream.StreamSchedule;
import io.holdfast.stream.TurnStatus;
import io.holdfast.stream.TurnStream;
import io.holdfast.stream.TurnStreamContract;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import redis.clients.jedis.RedisClient;
import redis.clients.jedis.exceptions.JedisException;

import java.util.List;
import java.util.Random;

/** The contract on a real Redis, and what only Redis has: lives, evictions, scripts forgotten. */
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
                        () -> stream.open(turn, new Fence(1, 2), NOW),
                        () -> append(new Fence(1, 2), "b"),
                        () -> attach(BOB, 0, "replay"),
                        () -> advance(BOB, 0, "replay"))) {
            List.of("chunks", "turn", "subs").forEach(key -> redis.pexpire(key(key), 60_000));
            call.run();
            for (String key : List.of("chunks", "turn", "subs")) {
                assertThat(redis.pttl(key(key)))
                        .isBetween(
                                SETTINGS.activeLife().toMillis() - 10_000,
                                SETTINGS.activeLife().toMillis());
            }
        }
    }

    @Test
    void anEndedTurnLivesOutItsLastHour() {
        append(FIRST, "a");
        stream.close(turn, TurnStatus.COMPLETED, List.of("end"), "finish", NOW);
        redis.pexpire(key("turn"), 60_000);

        attach(ALICE, 0, "replay");
        advance(ALICE, 0, "replay");

        assertThat(redis.pttl(key("chunks")))
                .isBetween(
                        SETTINGS.endedLife().toMillis() - 10_000, SETTINGS.endedLife().toMillis());
        assertThat(redis.pttl(key("turn"))).isBetween(1L, 60_000L);
        assertThat(redis.pttl(key("subs"))).isBetween(1L, 60_000L);
    }

    @Test
    void aTurnOfWhichOneKeyWasEvictedIsMissingAndIsCreatedAnew() {
        append(FIRST, "a", "b");
        redis.del(key("chunks"));

        assertThat(append(FIRST, "c")).isEqualTo(new TurnStream.Appended.Missing());
        assertThat(stream.open(turn, new Fence(1, 2), NOW))
                .isEqualTo(new TurnStream.Opened.Claimed(0, 0));
        assertThat(written(append(new Fence(1, 2), "a")).next()).isEqualTo(1);
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
            StreamSchedule.play(stream, SETTINGS, seeds.nextLong());
        }
    }

    @Test
    @Timeout(60)
    void everyoneGetsEverythingInOrderUnderStress() {
        LiveStress.play(new RedisTurnStream(redis, LiveStress.SETTINGS));
    }

    private String key(String name) {
        return "{" + turn + "}:" + name;
    }
}
