package io.holdfast.local;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Shell scripts of the repository that need Node.js. */
final class NodeScript {
    private NodeScript() {}

    /** Whether there is what they need. */
    static boolean canRun() {
        return onPath("node") && onPath("npm");
    }

    /** One skipped test that says, where it is seen, what was not tried. */
    static Stream<DynamicTest> leftOut(String what) {
        String why = what + " LEFT OUT: there is no Node.js with npm on the PATH";
        System.out.println("*** " + why + ". Nothing was tried with the AI SDK's client. ***");
        return Stream.of(dynamicTest(why, () -> abort(why)));
    }

    /** Runs a script with its output on the console; its exit code. */
    static int run(Path script, Map<String, String> variables, Duration limit)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder("sh", script.toString()).redirectErrorStream(true);
        builder.environment().putAll(variables);
        Process process = builder.start();
        // Line by line: the console of a forked JVM is Maven's, a child must not write to it.
        Thread printer = Thread.startVirtualThread(() -> print(process));
        if (!process.waitFor(limit.toSeconds(), TimeUnit.SECONDS)) {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
            fail("%s took longer than %s", script, limit);
        }
        printer.join();
        return process.exitValue();
    }

    private static void print(Process process) {
        try (BufferedReader output = process.inputReader()) {
            output.lines().forEach(System.out::println);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean onPath(String program) {
        @Nullable String path = System.getenv("PATH");
        return path != null
                && Stream.of(path.split(File.pathSeparator))
                        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }
}
