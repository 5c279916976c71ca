package io.holdfast.local.redis;

import io.holdfast.local.process.ChildOutput;
import io.holdfast.local.process.TiedCommand;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/**
 * One run of redis-server.
 *
 * <p>It ends also when the JVM is killed ({@link TiedCommand}).
 */
final class RedisServer {
    private static final Logger LOG = LoggerFactory.getLogger(RedisServer.class);

    /** An orderly end writes the append-only file; a few MB take well under this. */
    private static final Duration END_LIMIT = Duration.ofSeconds(5);

    private final Process shell;
    private final int port;
    private final ChildOutput log = new ChildOutput("redis");
    private final Thread logReader;
    private volatile @Nullable ProcessHandle server;

    /** Starts it. */
    RedisServer(RedisBinary binary, @Nullable Path dataDir, int port) {
        this.port = port;
        try {
            shell =
                    new ProcessBuilder(command(binary, dataDir, port))
                            .redirectErrorStream(true)
                            .start();
        } catch (IOException e) {
            throw new RedisStartException("redis-server cannot be started: " + e.getMessage(), e);
        }
        logReader = log.follow(shell.inputReader(), line -> LOG.debug("redis: {}", line));
    }

    private static List<String> command(RedisBinary binary, @Nullable Path dataDir, int port) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                binary.file().toString(),
                                "--bind",
                                "127.0.0.1",
                                "--port",
                                Integer.toString(port),
                                "--daemonize",
                                "no",
                                "--save",
                                "",
                                "--appendonly"));
        if (dataDir == null) {
            command.add("no");
        } else {
            try {
                Files.createDirectories(dataDir);
            } catch (IOException e) {
                throw new RedisStartException("cannot create " + dataDir + " for Redis", e);
            }
            command.addAll(List.of("yes", "--dir", dataDir.toAbsolutePath().toString()));
        }
        return TiedCommand.of(command);
    }

    /** The process id of redis-server itself; 0 until it answers. */
    long pid() {
        ProcessHandle running = server;
        return running == null ? 0 : running.pid();
    }

    /** Waits until it is gone, or at least its parent. */
    void awaitEnd() throws InterruptedException {
        shell.waitFor();
    }

    /**
     * Waits until it answers.
     *
     * @throws RedisStartException if it does not
     */
    void awaitAnswer(Duration limit) {
        long deadline = System.nanoTime() + limit.toNanos();
        while (true) {
            if (!shell.isAlive()) {
                awaitLog();
                throw failed("has ended at once");
            }
            try (Jedis jedis = new Jedis("127.0.0.1", port, 500)) {
                if (isOurs(jedis)) {
                    return;
                }
            } catch (JedisException notYet) {
                LOG.trace("Redis does not answer yet", notYet);
            }
            if (System.nanoTime() > deadline) {
                throw failed("does not answer within " + limit.toSeconds() + " s");
            }
            pause();
        }
    }

    /** Whether what answers is our child, not another program that took the port. */
    private boolean isOurs(Jedis jedis) {
        long answering =
                jedis.info("server")
                        .lines()
                        .filter(line -> line.startsWith("process_id:"))
                        .mapToLong(
                                line ->
                                        Long.parseLong(
                                                line.substring("process_id:".length()).strip()))
                        .findFirst()
                        .orElse(0);
        Optional<ProcessHandle> ours =
                shell.descendants().filter(child -> child.pid() == answering).findFirst();
        if (ours.isPresent() && "PONG".equals(jedis.ping())) {
            server = ours.get();
            return true;
        }
        return false;
    }

    private RedisStartException failed(String what) {
        return new RedisStartException(
                "redis-server on port " + port + " " + what + "; it said:\n" + log.last());
    }

    boolean portWasTaken() {
        return log.last().contains("Failed listening on port");
    }

    /** What it said last is read a moment after it has ended; its watcher may hold the pipe. */
    private void awaitLog() {
        try {
            shell.getOutputStream().close();
            logReader.join(Duration.ofSeconds(1));
        } catch (IOException alreadyClosed) {
            LOG.trace("the shell has ended before", alreadyClosed);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(10);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RedisStartException("interrupted while Redis started", e);
        }
    }

    /** Closes the pipe that the shell waits for; if that does not help, kills. */
    void end() {
        List<ProcessHandle> processes =
                Stream.concat(Stream.ofNullable(server), shell.descendants()).distinct().toList();
        try {
            shell.getOutputStream().close();
        } catch (IOException alreadyClosed) {
            LOG.trace("the shell has ended before", alreadyClosed);
        }
        try {
            long deadline = System.nanoTime() + END_LIMIT.toNanos();
            boolean ended = shell.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            // A shell that was killed has not waited for its server.
            ProcessHandle orphan = server;
            if (ended && orphan != null) {
                orphan.onExit().get(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
            }
            if (!ended) {
                kill(processes);
            }
        } catch (TimeoutException | ExecutionException e) {
            kill(processes);
        } catch (InterruptedException e) {
            kill(processes);
            Thread.currentThread().interrupt();
        }
    }

    private void kill(List<ProcessHandle> processes) {
        LOG.warn("Redis {} did not end within {} s and is killed", pid(), END_LIMIT.toSeconds());
        processes.forEach(ProcessHandle::destroyForcibly);
        shell.destroyForcibly();
    }
}
