package io.holdfast.local.redis;

import io.holdfast.local.process.FreePort;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;

/**
 * A redis-server of our own, on the loopback interface.
 *
 * <p>It ends with {@link #close()}, with the JVM, and also when the JVM is killed. When it ends
 * otherwise, it is started again on the same port, with the data that its settings keep.
 */
public final class RedisProcess implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RedisProcess.class);

    /** Another program may take a port between its choice and Redis's start. */
    private static final int PORT_TRIES = 3;

    /** A run shorter than this counts as a failed start. */
    private static final Duration SHORT_RUN = Duration.ofSeconds(1);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(100);

    /** Doublings of the pause: six seconds and a half at most. */
    private static final int MOST_DOUBLINGS = 6;

    private final Settings settings;
    private final int port;
    private final Thread endWithJvm;
    private final Thread watcher;

    // Guarded by this.
    private RedisServer server;
    private boolean closed;

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

    private RedisProcess(Settings settings, int port, RedisServer server) {
        this.settings = settings;
        this.port = port;
        this.server = server;
        endWithJvm = Thread.ofPlatform().name("end-redis").unstarted(this::end);
        Runtime.getRuntime().addShutdownHook(endWithJvm);
        watcher = Thread.ofVirtual().name("watch-redis").start(this::watch);
    }

    /**
     * Starts the redis-server of the PATH (7 or newer), else the one that comes with Holdfast, and
     * waits until it answers.
     *
     * @throws RedisStartException if it does not
     */
    public static RedisProcess start(Settings settings) {
        RedisBinary binary = binary();
        try {
            for (int tries = 1; ; tries++) {
                int port =
                        settings.port() == 0 ? FreePort.find(new SecureRandom()) : settings.port();
                RedisServer server = new RedisServer(binary, settings.dataDir(), port);
                try {
                    server.awaitAnswer(settings.startLimit());
                    return new RedisProcess(settings, port, server);
                } catch (RedisStartException e) {
                    server.end();
                    if (settings.port() != 0 || tries == PORT_TRIES || !server.portWasTaken()) {
                        throw e;
                    }
                }
            }
        } finally {
            binary.removeIfTemporary();
        }
    }

    private static RedisBinary binary() {
        String path = System.getenv("PATH");
        return RedisBinary.find(path == null ? "" : path);
    }

    /** Where it listens: {@code redis://127.0.0.1:port}. */
    public URI url() {
        return URI.create("redis://127.0.0.1:" + port);
    }

    /** The process id of redis-server itself; 0 until it answers after it was started again. */
    public synchronized long pid() {
        return server.pid();
    }

    /** Ends Redis for good and waits until it is gone. */
    @Override
    public void close() {
        try {
            Runtime.getRuntime().removeShutdownHook(endWithJvm);
        } catch (IllegalStateException jvmEnds) {
            // The hook runs already, or will.
        }
        end();
    }

    private void end() {
        RedisServer last;
        synchronized (this) {
            closed = true;
            last = server;
        }
        watcher.interrupt();
        last.end();
    }

    private synchronized @Nullable RedisServer running() {
        return closed ? null : server;
    }

    /** Starts it again, at once, or after a pause that grows if it dies again and again. */
    private void watch() {
        try {
            int failed = 0;
            for (RedisServer run = running(); run != null; run = running()) {
                long from = System.nanoTime();
                run.awaitEnd();
                if (running() == null) {
                    return;
                }
                LOG.warn("redis-server ({}) has ended and is started again", run.pid());
                // Its parent may have died without it; it would keep the port.
                run.end();
                boolean lived = System.nanoTime() - from > SHORT_RUN.toNanos();
                failed = lived ? 0 : failed + 1;
                if (failed > 1) {
                    Thread.sleep(
                            FIRST_PAUSE.multipliedBy(1L << Math.min(failed - 2, MOST_DOUBLINGS)));
                }
                restart();
            }
        } catch (InterruptedException closing) {
            LOG.trace("Redis is not watched any more", closing);
        }
    }

    /** One that does not come up is watched like any other: it is tried again after a pause. */
    private void restart() {
        try {
            RedisBinary binary = binary();
            try {
                RedisServer next = replace(binary);
                if (next != null) {
                    next.awaitAnswer(settings.startLimit());
                    LOG.info("redis-server ({}) answers again", next.pid());
                }
            } finally {
                binary.removeIfTemporary();
            }
        } catch (RedisStartException e) {
            if (running() != null) {
                LOG.error("Redis does not come back: {}", e.getMessage());
            }
        }
    }

    private synchronized @Nullable RedisServer replace(RedisBinary binary) {
        if (closed) {
            return null;
        }
        server = new RedisServer(binary, settings.dataDir(), port);
        return server;
    }
}
