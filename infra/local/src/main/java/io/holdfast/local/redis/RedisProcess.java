package io.holdfast.local.redis;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A redis-server of our own, on the loopback interface.
 *
 * <p>It ends with {@link #close()}, with the JVM, and also when the JVM is killed: its parent is a
 * shell that waits for the end of a pipe which the JVM holds, and then ends it.
 */
public final class RedisProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisProcess.class);

    /** Another program may take a port between its choice and Redis's start. */
    private static final int PORT_TRIES = 3;

    /** Lines of Redis's log that a failure shows. */
    private static final int SHOWN_LINES = 20;

    /** An orderly end writes the append-only file; a few MB take well under this. */
    private static final Duration END_LIMIT = Duration.ofSeconds(5);

    /**
     * Runs its arguments until they end, or until its own input ends. The watcher is stopped first
     * when the server has ended by itself: its number could be another process's by then.
     */
    private static final String WATCH =
            """
            trap '' INT
            exec 3<&0
            "$@" </dev/null 3<&- & server=$!
            { cat <&3 >/dev/null; kill $server 2>/dev/null; } & watcher=$!
            exec 3<&-
            wait $server
            kill $watcher 2>/dev/null
            """;

    private final Process shell;
    private final int port;
    private final Deque<String> log = new ArrayDeque<>();
    private final Thread logReader;
    private final Thread endWithJvm;
    private long pid;

    /**
     * How to run Redis.
     *
     * @param dataDir where its data lives across starts; in memory only if absent
     * @param port the port, 0 for a free one
     * @param startLimit how long it may take until it answers; a large append-only file takes long
     */
    public record Settings(@Nullable Path dataDir, int port, Duration startLimit) {
        /** In memory, on a free port, ready within ten seconds. */
        public static final Settings IN_MEMORY = new Settings(null, 0, Duration.ofSeconds(10));

        /** The same with data that outlives the process. */
        public static Settings in(Path dataDir) {
            return new Settings(dataDir, 0, Duration.ofSeconds(30));
        }
    }

    /**
     * Starts the redis-server of the PATH (7 or newer), else the one that comes with Holdfast, and
     * waits until it answers.
     *
     * @throws RedisStartException if it does not
     */
    public static RedisProcess start(Settings settings) {
        String path = System.getenv("PATH");
        RedisBinary binary = RedisBinary.find(path == null ? "" : path);
        try {
            for (int tries = 1; ; tries++) {
                RedisProcess redis = new RedisProcess(binary, settings);
                try {
                    redis.awaitAnswer(settings.startLimit());
                    return redis;
                } catch (RedisStartException e) {
                    redis.close();
                    if (settings.port() != 0 || tries == PORT_TRIES || !redis.portWasTaken()) {
                        throw e;
                    }
                }
            }
        } finally {
            binary.removeIfTemporary();
        }
    }

    private RedisProcess(RedisBinary binary, Settings settings) {
        port = settings.port() == 0 ? freePort() : settings.port();
        try {
            shell =
                    new ProcessBuilder(command(binary, settings, port))
                            .redirectErrorStream(true)
                            .start();
        } catch (IOException e) {
            throw new RedisStartException("redis-server cannot be started: " + e.getMessage(), e);
        }
        logReader = Thread.ofVirtual().name("redis-log").start(this::keepLog);
        endWithJvm = Thread.ofPlatform().name("end-redis").unstarted(this::end);
        Runtime.getRuntime().addShutdownHook(endWithJvm);
    }

    private static List<String> command(RedisBinary binary, Settings settings, int port) {
        List<String> command = new ArrayList<>(List.of("sh", "-c", WATCH, "sh"));
        command.addAll(
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
        Path dataDir = settings.dataDir();
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
        return command;
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException("no free port on the loopback interface", e);
        }
    }

    /** Where it listens: {@code redis://127.0.0.1:port}. */
    public URI url() {
        return URI.create("redis://127.0.0.1:" + port);
    }

    /** The process id of redis-server itself. */
    public long pid() {
        return pid;
    }

    /** Ends Redis and waits until it is gone. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(endWithJvm);
        } catch (IllegalStateException jvmEnds) {
            // The hook runs already, or will.
        }
        end();
    }

    private void awaitAnswer(Duration limit) {
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
        boolean ours = shell.descendants().anyMatch(child -> child.pid() == answering);
        if (ours && "PONG".equals(jedis.ping())) {
            pid = answering;
            return true;
        }
        return false;
    }

    private RedisStartException failed(String what) {
        synchronized (log) {
            return new RedisStartException(
                    "redis-server on port "
                            + port
                            + " "
                            + what
                            + "; it said:\n"
                            + String.join("\n", log));
        }
    }

    private boolean portWasTaken() {
        synchronized (log) {
            return log.stream().anyMatch(line -> line.contains("Failed listening on port"));
        }
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

    private void keepLog() {
        try (BufferedReader lines = shell.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                LOG.debug("redis: {}", line);
                synchronized (log) {
                    log.addLast(line);
                    if (log.size() > SHOWN_LINES) {
                        log.removeFirst();
                    }
                }
            }
        } catch (IOException closed) {
            LOG.trace("Redis's log has ended", closed);
        }
    }

    /** Closes the pipe that the shell waits for; if that does not help, kills. */
    private void end() {
        List<ProcessHandle> server = shell.descendants().toList();
        try {
            shell.getOutputStream().close();
        } catch (IOException alreadyClosed) {
            LOG.trace("the shell has ended before", alreadyClosed);
        }
        try {
            if (!shell.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                kill(server);
            }
        } catch (InterruptedException e) {
            kill(server);
            Thread.currentThread().interrupt();
        }
    }

    private void kill(List<ProcessHandle> server) {
        LOG.warn("Redis {} did not end within {} s and is killed", pid, END_LIMIT.toSeconds());
        server.forEach(ProcessHandle::destroyForcibly);
        shell.destroyForcibly();
    }
}
