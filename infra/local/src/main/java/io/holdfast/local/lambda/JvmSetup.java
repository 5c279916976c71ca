package io.holdfast.local.lambda;

import com.amazonaws.services.lambda.runtime.api.client.AWSLambda;

import io.holdfast.local.template.Resource;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** What the functions' JVMs share: a folder of their own, and how they are started. */
final class JvmSetup implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(JvmSetup.class);

    /**
     * Invocations at once in one JVM. The client has a thread for each ("multi-concurrency"), so
     * that one JVM does the work of many of Lambda's sandboxes.
     */
    static final int CONCURRENCY = 64;

    /** Ctrl-C reaches all processes of a terminal: the parent is the one who ends the others. */
    private static final String DEAF_TO_INT = "trap '' INT; exec \"$@\"";

    /** Of our own environment: what programs expect beside what Lambda defines. */
    private static final List<String> INHERITED = List.of("PATH", "HOME", "LANG", "TZ");

    private final Path directory;
    private final Path library;

    private JvmSetup(Path directory, Path library) {
        this.directory = directory;
        this.library = library;
    }

    /**
     * Unpacks the client's native library once: left alone, each JVM would write it to the same
     * file while others load it.
     *
     * @throws FunctionStartException if there is none for this machine
     */
    static JvmSetup create() {
        String name = libraryName();
        try (InputStream packed = AWSLambda.class.getResourceAsStream("/jni/" + name)) {
            if (packed == null) {
                throw new FunctionStartException(
                        "HOLDFAST_ISOLATE needs Linux on x86-64 or ARM: AWS's runtime interface"
                                + " client has no "
                                + name);
            }
            Path directory = Files.createTempDirectory("holdfast-functions");
            Path library = directory.resolve(name);
            Files.copy(packed, library);
            return new JvmSetup(directory, library);
        } catch (IOException e) {
            throw new FunctionStartException(
                    "The functions' JVMs need a temporary folder: " + e.getMessage(), e);
        }
    }

    private static String libraryName() {
        String system = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        String machine = System.getProperty("os.arch", "");
        String architecture =
                switch (machine) {
                    case "amd64" -> "x86_64";
                    case "aarch64" -> "aarch_64";
                    default -> machine;
                };
        boolean musl = Files.exists(Path.of("/lib/ld-musl-" + muslName(machine) + ".so.1"));
        return "libaws-lambda-jni." + system + (musl ? "_musl" : "") + "-" + architecture + ".so";
    }

    private static String muslName(String machine) {
        return machine.equals("amd64") ? "x86_64" : machine;
    }

    /** Starts a function's JVM. Its input is a pipe that ends with us. */
    Process start(Resource.Function function, Map<String, String> variables, String runtimeApi)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command(function)).directory(directory.toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(INHERITED);
        environment.putAll(variables);
        environment.put("AWS_LAMBDA_RUNTIME_API", runtimeApi);
        environment.put("AWS_LAMBDA_MAX_CONCURRENCY", Integer.toString(CONCURRENCY));
        environment.put("LAMBDA_TASK_ROOT", directory.toString());
        return builder.start();
    }

    private List<String> command(Resource.Function function) {
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        List<String> command = new ArrayList<>(List.of("sh", "-c", DEAF_TO_INT, "sh", java));
        // A fast start matters more than a fast run; what runs here is mostly waiting.
        command.add("-XX:TieredStopAtLevel=1");
        command.add("-XX:+UseSerialGC");
        command.add("-Xms16m");
        command.add("-Xmx" + function.memoryMegabytes() + "m");
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("--sun-misc-unsafe-memory-access=allow");
        command.add(
                "-Dcom.amazonaws.services.lambda.runtime.api.client.runtimeapi.NativeClient.JNI="
                        + library);
        command.add("-Dlogback.configurationFile=logback-function.xml");
        String logLevel = System.getenv("HOLDFAST_LOG");
        if (logLevel != null) {
            command.add("-DHOLDFAST_LOG=" + logLevel);
        }
        command.add("-cp");
        command.add(classPath());
        command.add(FunctionMain.class.getName());
        command.add(function.handler());
        return command;
    }

    /** Ours; the JVMs run in another folder. */
    private static String classPath() {
        return Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator));
    }

    /** Removes the folder. */
    @Override
    public void close() {
        remove(directory);
    }

    /** Removes such a folder, perhaps at the same time as others do. */
    static void remove(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.deleteIfExists(file);
            }
            Files.deleteIfExists(directory);
        } catch (IOException e) {
            LOG.debug("{} stays", directory, e);
        }
    }
}
