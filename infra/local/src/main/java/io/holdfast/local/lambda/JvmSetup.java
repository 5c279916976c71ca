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
import java.util.spi.ToolProvider;
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
    private final String classPath;
    private final ClassCache cache;

    private JvmSetup(Path directory, Path library, String classPath) {
        this.directory = directory;
        this.library = library;
        this.classPath = classPath;
        this.cache = new ClassCache(directory.resolve("functions.aot"));
    }

    /**
     * Unpacks the client's native library once: left alone, each JVM would write it to the same
     * file while others load it. Packs our own classes, as they are packed for Lambda.
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
            return new JvmSetup(directory, library, classPath(directory));
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

    /** Makes the cache of classes with which JVMs start from then on; waits until it is made. */
    void warm(Resource.Function function, Map<String, String> variables) {
        cache.make(this, function, variables);
    }

    /** Starts a function's JVM. Its input is a pipe that ends with us. */
    Process start(Resource.Function function, Map<String, String> variables, String runtimeApi)
            throws IOException {
        String option = cache.option();
        return start(function, variables, runtimeApi, option == null ? List.of() : List.of(option));
    }

    /** Starts a function's JVM with options of its own. */
    Process start(
            Resource.Function function,
            Map<String, String> variables,
            String runtimeApi,
            List<String> options)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(command(function, options)).directory(directory.toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().retainAll(INHERITED);
        environment.putAll(variables);
        environment.put("AWS_LAMBDA_RUNTIME_API", runtimeApi);
        environment.put("AWS_LAMBDA_MAX_CONCURRENCY", Integer.toString(CONCURRENCY));
        environment.put("LAMBDA_TASK_ROOT", directory.toString());
        return builder.start();
    }

    private List<String> command(Resource.Function function, List<String> options) {
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
        command.addAll(options);
        command.add("-cp");
        command.add(classPath);
        command.add(FunctionMain.class.getName());
        command.add(function.handler());
        return command;
    }

    /**
     * Ours, of jars alone: there is no cache for classes in folders. Without DynamoDB Local, whose
     * manifest names a folder; no function needs it.
     */
    private static String classPath(Path directory) throws IOException {
        List<String> entries = new ArrayList<>();
        for (String entry : System.getProperty("java.class.path").split(File.pathSeparator, -1)) {
            Path path = Path.of(entry).toAbsolutePath();
            if (Files.isDirectory(path)) {
                entries.add(packed(path, directory.resolve(entries.size() + ".jar")).toString());
            } else if (!path.getFileName().toString().startsWith("DynamoDBLocal")) {
                entries.add(path.toString());
            }
        }
        return String.join(File.pathSeparator, entries);
    }

    private static Path packed(Path folder, Path jar) throws IOException {
        int failed =
                ToolProvider.findFirst("jar")
                        .orElseThrow(() -> new IOException("this Java is no JDK: it has no jar"))
                        .run(
                                System.out,
                                System.err,
                                "--create",
                                "--no-compress",
                                "--file",
                                jar.toString(),
                                "-C",
                                folder.toString(),
                                ".");
        if (failed != 0) {
            throw new IOException("the classes of " + folder + " could not be packed");
        }
        return jar;
    }

    /** Removes the folder. */
    @Override
    public void close() {
        cache.close();
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
