package io.holdfast.local.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.holdfast.local.samples.Describe;
import io.holdfast.local.samples.Obey;
import io.holdfast.local.samples.Picky;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Functions in JVMs of their own, under AWS's runtime interface client. */
class IsolatedFunctionIT {
    private static final Duration SECONDS = Duration.ofSeconds(10);
    private static final Duration SOON = Duration.ofSeconds(20);
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Logger LOG = (Logger) LoggerFactory.getLogger("io.holdfast.function.A");

    /** What the function has written. */
    private final ListAppender<ILoggingEvent> lines = new ListAppender<>();

    @BeforeEach
    void listen() {
        lines.list = new CopyOnWriteArrayList<>();
        lines.start();
        LOG.setLevel(Level.INFO);
        LOG.addAppender(lines);
    }

    @AfterEach
    void listenNoMore() {
        LOG.detachAppender(lines);
        LOG.setLevel(null);
    }

    @Test
    void aFunctionKnowsItselfAndNoEnvironmentButItsOwn() throws Exception {
        try (FunctionHost host =
                Functions.isolated(Functions.function("A", Describe.class, SECONDS))) {
            JsonNode answer = JSON.readTree(host.invoke("A", bytes("{\"x\":1}")).payload());

            assertThat(answer.path("function").asText()).isEqualTo("A");
            assertThat(answer.path("arn").asText())
                    .isEqualTo("arn:aws:lambda:us-east-1:000000000000:function:A");
            assertThat(answer.path("logGroup").asText()).isEqualTo("/aws/lambda/A");
            assertThat(answer.path("hasTime").asBoolean()).isTrue();
            assertThat(answer.path("memory").asInt()).isEqualTo(512);
            assertThat(answer.path("event").path("x").asInt()).isEqualTo(1);
            assertThat(answer.path("environment").path("OWN").asText()).isEqualTo("A");
            assertThat(answer.path("environment").properties())
                    .extracting(Map.Entry::getKey)
                    .filteredOn(
                            name ->
                                    !List.of(
                                                    "HOME", "LANG", "PATH", "TZ", "PWD", "OLDPWD",
                                                    "SHLVL", "_")
                                            .contains(name))
                    .containsExactlyInAnyOrder(
                            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
                            "AWS_LAMBDA_FUNCTION_NAME",
                            "AWS_LAMBDA_FUNCTION_VERSION",
                            "AWS_LAMBDA_LOG_GROUP_NAME",
                            "AWS_LAMBDA_LOG_STREAM_NAME",
                            "AWS_LAMBDA_MAX_CONCURRENCY",
                            "AWS_LAMBDA_RUNTIME_API",
                            "AWS_REGION",
                            "LAMBDA_TASK_ROOT",
                            "OWN",
                            "_HANDLER");
        }
    }

    @Test
    void failuresAreToldAndTheJvmLivesOn() throws Exception {
        try (FunctionHost host =
                Functions.isolated(Functions.function("A", Obey.class, Duration.ofMillis(1500)))) {
            long pid = pid(host);

            JsonNode thrown = error(host.invoke("A", bytes("\"fail\"")));
            assertThat(thrown.path("errorType").asText())
                    .isEqualTo("io.holdfast.local.samples.Obey$OutOfLuckException");
            assertThat(thrown.path("errorMessage").asText()).isEqualTo("no luck today");
            assertThat(thrown.path("stackTrace").path(0).asText()).contains("Obey.handleRequest");

            JsonNode late = error(host.invoke("A", bytes("\"hang\"")));
            assertThat(late.path("errorType").asText()).isEqualTo("Sandbox.Timedout");
            assertThat(late.path("errorMessage").asText())
                    .matches("RequestId: [0-9a-f-]{36} Error: Task timed out after 1.50 seconds");

            JsonNode large = error(host.invoke("A", bytes("\"large\"")));
            assertThat(large.path("errorType").asText()).isEqualTo("Function.ResponseSizeTooLarge");

            assertThat(text(host.invoke("A", bytes("\"ü\"")))).isEqualTo("\"ü\"");
            assertThat(pid(host)).isEqualTo(pid);
            assertThat(host.status().getFirst().inFlight()).as("the hanging one").isEqualTo(1);
        }
    }

    @Test
    void oneJvmTakesManyInvocationsAtOnce() {
        try (FunctionHost host = Functions.isolated(Functions.function("A", Obey.class, SECONDS))) {
            List<CompletableFuture<InvocationResult>> hanging = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                hanging.add(invoke(host, "\"print and hang\""));
            }
            await().until(() -> printed("it hangs") == 40);

            assertThat(text(host.invoke("A", bytes("1")))).isEqualTo("1");
            assertThat(host.status().getFirst().inFlight()).isEqualTo(40);
            kill(pid(host));

            assertThat(hanging)
                    .allSatisfy(one -> assertThat(one).succeedsWithin(SOON))
                    .allSatisfy(
                            one ->
                                    assertThat(text(one.join()))
                                            .contains("\"errorType\":\"Runtime.ExitError\"")
                                            .contains(
                                                    "Error: Runtime exited with error: signal:"
                                                            + " killed"));
            assertThat(text(host.invoke("A", bytes("2")))).isEqualTo("2");
        }
    }

    @Test
    void aFunctionRunsAsOftenAtOnceAsItMay() {
        try (FunctionHost host =
                Functions.isolated(
                        Functions.function("A", Obey.class.getName(), SECONDS, Optional.of(1)))) {
            var hanging = invoke(host, "\"hang\"");
            await().until(() -> host.status().getFirst().inFlight() == 1);

            assertThatThrownBy(() -> host.invoke("A", bytes("1")))
                    .isInstanceOf(TooManyRequestsException.class);
            assertThat(hanging).isNotDone();
        }
    }

    @Test
    void theOneThatStandsByServesAtOnce() {
        try (FunctionHost host = Functions.isolated(Functions.function("A", Obey.class, SECONDS))) {
            host.warm();
            await().atMost(SOON).until(() -> standby(host) != 0);
            long standby = standby(host);

            kill(pid(host));
            await().until(() -> pid(host) == standby);

            assertThat(text(host.invoke("A", bytes("1")))).isEqualTo("1");
            assertThat(pid(host)).isEqualTo(standby);
            await().atMost(SOON).until(() -> standby(host) != 0);
        }
    }

    @Test
    void nothingWaitsForEverWhenAJvmEndsByItself() throws Exception {
        try (FunctionHost host = Functions.isolated(Functions.function("A", Obey.class, SECONDS))) {
            JsonNode error = error(host.invoke("A", bytes("\"exit\"")));

            assertThat(error.path("errorType").asText()).isEqualTo("Runtime.ExitError");
            assertThat(error.path("errorMessage").asText())
                    .endsWith("Error: Runtime exited with error: exit status 3");
            assertThat(text(host.invoke("A", bytes("1")))).isEqualTo("1");
        }
    }

    @Test
    void whatItWritesIsLogged() {
        try (FunctionHost host = Functions.isolated(Functions.function("A", Obey.class, SECONDS))) {
            host.invoke("A", bytes("\"print\""));

            await().until(() -> printed("a line on stdout") + printed("a line on stderr") == 2);
        }
    }

    @Test
    void allFunctionsThatCannotStartAreNamed() {
        assertThatThrownBy(
                        () ->
                                Functions.isolated(
                                        Functions.function(
                                                "A", "no.such.Handler", SECONDS, Optional.empty()),
                                        Functions.function("B", Picky.class, SECONDS),
                                        Functions.function(
                                                "C",
                                                "java.lang.Integer",
                                                SECONDS,
                                                Optional.empty()),
                                        Functions.function("D", Obey.class, SECONDS)))
                .isInstanceOf(FunctionStartException.class)
                .hasMessage(
                        """
                        A (no.such.Handler): there is no such class
                        B (io.holdfast.local.samples.Picky) did not start: MUST is not set
                        C (java.lang.Integer) is not a RequestStreamHandler\
                        """);
    }

    @Test
    void noneOutlivesItsHost() {
        FunctionHost host = Functions.isolated(Functions.function("A", Obey.class, SECONDS));
        host.warm();
        await().atMost(SOON).until(() -> standby(host) != 0);
        List<Long> pids = List.of(pid(host), standby(host));
        assertThat(pids).allMatch(IsolatedFunctionIT::alive);

        host.close();

        assertThat(pids).noneMatch(IsolatedFunctionIT::alive);
    }

    @Test
    void theOneThatStandsByStartsWithTheClassesOfOneThatHasStarted() {
        try (FunctionHost host = Functions.isolated(Functions.function("A", Obey.class, SECONDS))) {
            host.warm();
            await().atMost(SOON).until(() -> standby(host) != 0);

            assertThat(options(pid(host))).noneMatch(option -> option.contains("AOTCache"));
            assertThat(options(standby(host)))
                    .anyMatch(option -> option.startsWith("-XX:AOTCache=/"));
        }
    }

    @Test
    void nothingIsLeftOfAHostThatEndsWhileItGathersClasses() throws Exception {
        FunctionHost host = Functions.isolated(Functions.function("A", Obey.class, SECONDS));
        Path directory = Path.of("/proc", Long.toString(pid(host)), "cwd").toRealPath();
        host.warm();
        await().atMost(SOON).until(() -> gathering().count() > 0);

        host.close();

        assertThat(directory).doesNotExist();
        await().atMost(SOON).until(() -> gathering().count() == 0);
        assertThat(directory).doesNotExist();
    }

    /** The processes of this test that make a cache of classes. */
    private static Stream<ProcessHandle> gathering() {
        return ProcessHandle.current()
                .descendants()
                .filter(
                        process ->
                                options(process.pid()).stream()
                                        .anyMatch(option -> option.contains("AOTCacheOutput")));
    }

    /** From the system: the JDK leaves out a command as long as ours. */
    private static List<String> options(long pid) {
        try {
            return List.of(Files.readString(Path.of("/proc/" + pid + "/cmdline")).split("\0", -1));
        } catch (IOException gone) {
            return List.of();
        }
    }

    @Test
    void noneOutlivesAJvmThatIsKilled() throws IOException {
        Process jvm =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "-cp",
                                System.getProperty("java.class.path"),
                                HostHolder.class.getName())
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        long pid;
        try (BufferedReader out = jvm.inputReader()) {
            pid =
                    out.lines()
                            .filter(line -> line.startsWith("function "))
                            .mapToLong(line -> Long.parseLong(line.substring("function ".length())))
                            .findFirst()
                            .orElseThrow();
        }
        assertThat(alive(pid)).isTrue();

        jvm.destroyForcibly();

        await().atMost(SOON).until(() -> !alive(pid));
    }

    /** Starts a function, says its process id, and stays. */
    static final class HostHolder {
        private HostHolder() {}

        public static void main(String[] arguments) throws InterruptedException {
            FunctionHost host = Functions.isolated(Functions.function("A", Obey.class, SECONDS));
            System.out.println("function " + pid(host));
            Thread.currentThread().join();
        }
    }

    /** How often it has printed this. What AWS's client says itself has no line end. */
    private long printed(String text) {
        return lines.list.stream()
                .filter(line -> line.getFormattedMessage().endsWith(text))
                .count();
    }

    private static CompletableFuture<InvocationResult> invoke(FunctionHost host, String event) {
        CompletableFuture<InvocationResult> result = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> result.complete(host.invoke("A", bytes(event))));
        return result.orTimeout(60, TimeUnit.SECONDS);
    }

    private static long pid(FunctionHost host) {
        return Objects.requireNonNullElse(host.status().getFirst().pid(), 0L);
    }

    private static long standby(FunctionHost host) {
        return Objects.requireNonNullElse(host.status().getFirst().standby(), 0L);
    }

    private static void kill(long pid) {
        assertThat(ProcessHandle.of(pid).map(ProcessHandle::destroyForcibly)).contains(true);
    }

    private static boolean alive(long pid) {
        return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isPresent();
    }

    private static JsonNode error(InvocationResult result) throws IOException {
        assertThat(result.functionError()).isEqualTo("Unhandled");
        return JSON.readTree(result.payload());
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(InvocationResult result) {
        return new String(result.payload(), StandardCharsets.UTF_8);
    }
}
