package io.holdfast.local.redis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

class RedisProcessIT {
    private static final Duration SOON = Duration.ofSeconds(10);

    @Test
    void answersOnItsPortUntilItIsClosed() {
        RedisProcess redis = RedisProcess.start(RedisProcess.Settings.IN_MEMORY);
        try (Jedis jedis = new Jedis(redis.url())) {
            assertThat(jedis.ping()).isEqualTo("PONG");
            assertThat(jedis.info("server")).contains("process_id:" + redis.pid());
        }
        redis.close();
        assertThat(ProcessHandle.of(redis.pid()).filter(ProcessHandle::isAlive)).isEmpty();
    }

    @Test
    void keepsItsDataUnderADataDirectory(@TempDir Path folder) {
        try (RedisProcess redis = RedisProcess.start(RedisProcess.Settings.in(folder));
                Jedis jedis = new Jedis(redis.url())) {
            jedis.set("kept", "yes");
        }
        try (RedisProcess redis = RedisProcess.start(RedisProcess.Settings.in(folder));
                Jedis jedis = new Jedis(redis.url())) {
            assertThat(jedis.get("kept")).isEqualTo("yes");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void comesBackOnItsPortWhenItIsKilled(boolean kept, @TempDir Path folder) {
        RedisProcess.Settings settings =
                kept ? RedisProcess.Settings.in(folder) : RedisProcess.Settings.IN_MEMORY;
        try (RedisProcess redis = RedisProcess.start(settings)) {
            Set<Long> pids = new HashSet<>();
            for (int round = 0; round < 3; round++) {
                long pid = redis.pid();
                assertThat(pids.add(pid)).isTrue();
                try (Jedis jedis = new Jedis(redis.url())) {
                    assertThat(jedis.get("value")).isEqualTo(kept && round > 0 ? "yes" : null);
                    jedis.set("value", "yes");
                }

                ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);

                await().atMost(SOON).until(() -> redis.pid() != pid && redis.pid() != 0);
            }
        }
    }

    @Test
    void comesBackWhenItsParentIsKilled() {
        try (RedisProcess redis = RedisProcess.start(RedisProcess.Settings.IN_MEMORY)) {
            long pid = redis.pid();

            ProcessHandle.of(pid)
                    .flatMap(ProcessHandle::parent)
                    .ifPresent(ProcessHandle::destroyForcibly);

            await().atMost(SOON).until(() -> redis.pid() != pid && redis.pid() != 0);
            await().until(() -> !alive(pid));
            try (Jedis jedis = new Jedis(redis.url())) {
                assertThat(jedis.ping()).isEqualTo("PONG");
            }
        }
    }

    @Test
    void doesNotComeBackOnceItIsClosed() {
        RedisProcess redis = RedisProcess.start(RedisProcess.Settings.IN_MEMORY);
        long first = redis.pid();
        ProcessHandle.of(first).ifPresent(ProcessHandle::destroyForcibly);
        await().until(() -> !alive(first));

        redis.close();

        await().during(Duration.ofMillis(500))
                .until(() -> !alive(redis.pid()) && !answers(redis.url()));
    }

    private static boolean alive(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }

    private static boolean answers(URI url) {
        try (Jedis jedis = new Jedis(url)) {
            return "PONG".equals(jedis.ping());
        } catch (JedisException e) {
            return false;
        }
    }

    @Test
    void saysWhyItCannotStartOnATakenPort() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            RedisProcess.Settings settings =
                    new RedisProcess.Settings(null, taken.getLocalPort(), Duration.ofSeconds(5));
            assertThatThrownBy(() -> RedisProcess.start(settings))
                    .isInstanceOf(RedisStartException.class)
                    .hasMessageContaining("port " + taken.getLocalPort())
                    .hasMessageContaining("Failed listening on port");
        }
    }

    @Test
    void aServerOnThePathIsUsedIfItIsNewEnough(@TempDir Path folder) throws IOException {
        Path program = folder.resolve("redis-server");
        Files.writeString(program, "#!/bin/sh\necho 'Redis server v=6.2.14 sha=00000000:0'\n");
        assertThat(program.toFile().setExecutable(true)).isTrue();
        RedisBinary bundled = RedisBinary.find(folder.toString());
        assertThat(bundled.isTemporary()).isTrue();
        bundled.removeIfTemporary();
        assertThat(bundled.file()).doesNotExist();

        Files.writeString(program, "#!/bin/sh\necho 'Valkey server v=8.0.1 sha=00000000:0'\n");
        assertThat(RedisBinary.find(folder.toString())).isEqualTo(new RedisBinary(program, false));
    }

    @Test
    void doesNotOutliveAJvmThatIsKilled() throws IOException {
        Process jvm =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                RedisHolder.class.getName())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        long redis;
        try (BufferedReader out = jvm.inputReader()) {
            redis =
                    out.lines()
                            .filter(line -> line.startsWith("redis "))
                            .mapToLong(line -> Long.parseLong(line.substring("redis ".length())))
                            .findFirst()
                            .orElseThrow();
        }
        assertThat(ProcessHandle.of(redis).map(ProcessHandle::isAlive)).contains(true);

        jvm.destroyForcibly();

        await().atMost(Duration.ofSeconds(5))
                .until(() -> ProcessHandle.of(redis).filter(ProcessHandle::isAlive).isEmpty());
    }

    /** Starts Redis, says its process id, and stays. */
    static final class RedisHolder {
        private RedisHolder() {}

        public static void main(String[] arguments) throws InterruptedException {
            RedisProcess redis = RedisProcess.start(RedisProcess.Settings.IN_MEMORY);
            System.out.println("redis " + redis.pid());
            Thread.currentThread().join();
        }
    }
}
