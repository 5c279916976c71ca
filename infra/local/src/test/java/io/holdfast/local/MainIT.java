package io.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import static java.util.concurrent.TimeUnit.SECONDS;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** The program as a process of its own. */
@Tag("side-by-side")
class MainIT {
    /** Ready in under eight; this machine may be busy with other tests. */
    private static final int START_SECONDS = 60;

    private static final int END_SECONDS = 10;
    private static final String READY = "Holdfast is ready at ";

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void endAll() {
        processes.forEach(process -> process.descendants().forEach(ProcessHandle::destroyForcibly));
        processes.forEach(Process::destroyForcibly);
    }

    @Test
    void saysWhereItIsAndEndsWithAllItsProcesses() throws Exception {
        Process process = start(Map.of("HOLDFAST_PORT", "0"));
        String url = readyUrl(process);
        try (HttpClient http = HttpClient.newHttpClient()) {
            assertThat(
                            http.send(
                                            HttpRequest.newBuilder(URI.create(url + "/health"))
                                                    .build(),
                                            HttpResponse.BodyHandlers.discarding())
                                    .statusCode())
                    .isEqualTo(200);
        }
        List<ProcessHandle> children = process.descendants().toList();
        assertThat(children).as("Redis, at least").isNotEmpty();

        process.destroy();

        assertThat(process.waitFor(END_SECONDS, SECONDS)).isTrue();
        assertThat(process.exitValue()).isEqualTo(143);
        for (ProcessHandle child : children) {
            child.onExit().get(END_SECONDS, SECONDS);
        }
    }

    @Test
    void saysInALineThatThePortIsTaken() throws Exception {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Process process =
                    start(Map.of("HOLDFAST_PORT", Integer.toString(taken.getLocalPort())));

            assertThat(failure(process))
                    .containsExactly(
                            "Port "
                                    + taken.getLocalPort()
                                    + " is taken: another program listens on it; HOLDFAST_PORT"
                                    + " chooses another");
        }
    }

    @Test
    void saysInALineWhatIsWrongWithTheTemplate(@TempDir Path directory) throws Exception {
        Path template = directory.resolve("broken.yaml");
        Files.writeString(template, "Resources:\n  A: {Type: AWS::SQS::Queue\n");

        assertThat(failure(start(Map.of("HOLDFAST_TEMPLATE", template.toString()))))
                .singleElement()
                .asString()
                .startsWith("broken.yaml:3: is not YAML: ");
    }

    @Test
    void saysInALineThatRedisCannotStart(@TempDir Path directory) throws Exception {
        // Redis must write here, and a file is in its way.
        Files.writeString(directory.resolve("redis"), "");

        assertThat(
                        failure(
                                start(
                                        Map.of(
                                                "HOLDFAST_PORT",
                                                "0",
                                                "HOLDFAST_DATA_DIR",
                                                directory.toString()))))
                .singleElement()
                .asString()
                .startsWith("Redis cannot start: ");
    }

    @Test
    void namesEveryFaultOfItsVariables() throws Exception {
        assertThat(failure(start(Map.of("HOLDFAST_PORT", "x", "HOLDFAST_MODEL", "y")))).hasSize(2);
    }

    private Process start(Map<String, String> variables) throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Dholdfast.root=" + TestSystems.ROOT,
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName());
        builder.environment().keySet().removeIf(name -> name.startsWith("HOLDFAST_"));
        builder.environment().putAll(variables);
        Process process = builder.start();
        processes.add(process);
        return process;
    }

    /** The URL of the line that stands alone on stdout. */
    private static String readyUrl(Process process) throws Exception {
        List<String> said = new CopyOnWriteArrayList<>();
        Optional<String> ready =
                within(
                        process,
                        said,
                        () ->
                                process.inputReader()
                                        .lines()
                                        .peek(said::add)
                                        .filter(line -> line.startsWith(READY))
                                        .findFirst());
        return ready.orElseThrow(() -> new AssertionError("it ended, having said " + said))
                .substring(READY.length());
    }

    /**
     * Waits for a start, on a thread of its own: the common pool has one on two cores, and others
     * use it too. One that does not come says where it hangs.
     */
    private static <T> T within(Process process, List<String> said, Supplier<T> reading)
            throws Exception {
        try (ExecutorService reader = Executors.newVirtualThreadPerTaskExecutor()) {
            CompletableFuture<T> read = CompletableFuture.supplyAsync(reading, reader);
            try {
                return read.get(START_SECONDS, SECONDS);
            } catch (TimeoutException e) {
                String threads = threads(process);
                process.destroyForcibly();
                throw new AssertionError("no start; it said " + said + " and does " + threads, e);
            }
        }
    }

    private static String threads(Process process) throws IOException {
        Process dump =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                                Long.toString(process.pid()),
                                "Thread.print")
                        .redirectErrorStream(true)
                        .start();
        return new String(dump.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }

    /** What a process that ends with an error says on stderr. */
    private static List<String> failure(Process process) throws Exception {
        try (BufferedReader errors = process.errorReader()) {
            List<String> lines = within(process, List.of(), () -> errors.lines().toList());
            assertThat(process.waitFor(END_SECONDS, SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(1);
            return lines;
        }
    }
}
