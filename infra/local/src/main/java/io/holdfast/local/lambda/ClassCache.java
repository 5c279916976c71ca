package io.holdfast.local.lambda;

import io.holdfast.local.process.ChildOutput;
import io.holdfast.local.template.Resource;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The classes that a function has loaded when it asks for work, as the JVM keeps them for others
 * (an AOT cache, JEP 514): with it, a JVM starts in less than half the time. Without it, all works
 * as well.
 */
final class ClassCache implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ClassCache.class);

    /** A start takes two or three seconds, and writing the file as long; others start meanwhile. */
    private static final Duration LIMIT = Duration.ofSeconds(60);

    private final Path file;
    private volatile boolean made;
    private volatile boolean closed;
    private volatile @Nullable Process process;

    /** Has nothing yet. */
    ClassCache(Path file) {
        this.file = file;
    }

    /** The JVM's option to use it; null while there is none. */
    @Nullable String option() {
        return made ? "-XX:AOTCache=" + file : null;
    }

    /**
     * Makes it by a run of its own, and waits until it is made, or cannot be.
     *
     * @param function whose classes they are; the others need most of them too
     * @param environment all of the function's variables
     */
    void make(JvmSetup setup, Resource.Function function, Map<String, String> environment) {
        Trial trial = new Trial();
        try (RuntimeApi api =
                new RuntimeApi(
                        function.arn(),
                        trial,
                        why -> LOG.debug("{}", why),
                        InstantSource.system())) {
            Process started =
                    setup.start(
                            function,
                            environment,
                            api.address(),
                            List.of("-XX:AOTCacheOutput=" + file));
            process = started;
            if (closed) {
                close();
            }
            // What it prints is about itself, and of no interest.
            ChildOutput output = new ChildOutput("class-cache");
            var _ = output.follow(started.inputReader(), LOG::debug);
            var _ = output.follow(started.errorReader(), LOG::debug);
            var _ = started.onExit().thenAccept(_ -> trial.asked.cancel(false));
            trial.asked.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
            // An orderly end, in which the JVM writes what it has loaded. Not Process.destroy: that
            // closes its input as well, with which it ends at once.
            started.toHandle().destroy();
            made = started.waitFor(LIMIT.toMillis(), TimeUnit.MILLISECONDS) && Files.exists(file);
        } catch (IOException | ExecutionException | TimeoutException | RuntimeException e) {
            LOG.debug("The functions' JVMs start without a cache of classes", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close();
        }
    }

    /** Ends the run, if it goes on. */
    @Override
    public void close() {
        closed = true;
        Process running = process;
        if (running != null) {
            running.descendants().forEach(ProcessHandle::destroyForcibly);
            running.destroyForcibly();
        }
    }

    /** Asks for work, and gets none. */
    private static final class Trial implements SandboxEvents {
        private final CompletableFuture<Void> asked = new CompletableFuture<>();
        private final CountDownLatch never = new CountDownLatch(1);

        @Override
        public @Nullable Invocation next() throws InterruptedException {
            asked.complete(null);
            // Until the API's server ends, which interrupts it.
            never.await();
            return null;
        }

        @Override
        public boolean answered(String requestId, InvocationResult result) {
            return false;
        }

        @Override
        public void ended(SandboxEnd how) {}
    }
}
