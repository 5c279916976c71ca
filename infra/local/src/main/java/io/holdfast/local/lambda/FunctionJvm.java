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
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A JVM that runs one function, and the Runtime API that it talks to. */
final class FunctionJvm implements Sandbox {
    private static final Logger LOG = LoggerFactory.getLogger(FunctionJvm.class);

    private static final Duration END_LIMIT = Duration.ofSeconds(2);

    private final String name;
    private final SandboxEvents events;
    private final RuntimeApi api;
    private final Process process;
    private final ChildOutput output;
    private volatile @Nullable String fault;

    /**
     * Starts it; it is ready when it asks for its first invocation.
     *
     * @param environment all of the function's variables
     * @throws IOException if it cannot be started
     */
    FunctionJvm(
            JvmSetup setup,
            Resource.Function function,
            Map<String, String> environment,
            SandboxEvents events)
            throws IOException {
        this.name = function.name();
        this.events = events;
        this.api =
                new RuntimeApi(
                        function.arn(), events, message -> fault = message, InstantSource.system());
        try {
            this.process = setup.start(function, environment, api.address());
        } catch (IOException e) {
            api.close();
            throw e;
        }
        // What it prints is of interest to those who look for it; what it warns of, to everyone.
        Logger out = LoggerFactory.getLogger("io.holdfast.function." + name);
        output = new ChildOutput(name + "-" + pid());
        Thread printed = output.follow(process.inputReader(), out::info);
        Thread warned = output.follow(process.errorReader(), out::warn);
        Thread.ofVirtual().name(name + "-end-" + pid()).start(() -> awaitEnd(printed, warned));
    }

    @Override
    public long pid() {
        return process.pid();
    }

    /** A JVM that is killed is a zombie at once, and reported a hundredth of a second later. */
    @Override
    public boolean isAlive() {
        try {
            // proc(5): the state follows the program's name, which may itself have brackets.
            String stat = Files.readString(Path.of("/proc/" + pid() + "/stat"));
            return !stat.substring(stat.lastIndexOf(')')).startsWith(") Z");
        } catch (IOException gone) {
            return false;
        }
    }

    @Override
    public void close() {
        kill();
        try {
            if (!process.waitFor(END_LIMIT.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.warn("{} ({}) does not end", name, pid());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        api.close();
    }

    @Override
    public void giveUp(String why) {
        fault = why;
        kill();
    }

    private void kill() {
        process.destroyForcibly();
    }

    private void awaitEnd(Thread printed, Thread warned) {
        try {
            int exitValue = process.waitFor();
            if (fault == null && exitValue < 128) {
                // It ended by itself: its last words say why. They are a moment behind.
                printed.join(Duration.ofSeconds(1));
                warned.join(Duration.ofSeconds(1));
            }
            events.ended(SandboxEnd.of(exitValue, fault, output.last()));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            api.close();
        }
    }
}
