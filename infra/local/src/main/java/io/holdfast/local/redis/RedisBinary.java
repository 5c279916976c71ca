package io.holdfast.local.redis;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A redis-server that can be run here.
 *
 * @param isTemporary whether the file was unpacked for this start and may go once it runs
 */
record RedisBinary(Path file, boolean isTemporary) {
    private static final int OLDEST_MAJOR = 7;
    private static final Pattern VERSION = Pattern.compile("\\bv=(\\d+)\\.");
    private static final String BUNDLED = "7.0.15";
    private static final String ADVICE =
            "; install redis-server " + OLDEST_MAJOR + " or newer and put it on the PATH";

    /** The one on the path if it is new enough, else the one that comes with Holdfast. */
    static RedisBinary find(String path) {
        return onPath(path)
                .map(file -> new RedisBinary(file, false))
                .orElseGet(RedisBinary::unpack);
    }

    void removeIfTemporary() {
        if (isTemporary) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                file.toFile().deleteOnExit();
            }
        }
    }

    private static Optional<Path> onPath(String path) {
        return Stream.of(path.split(java.io.File.pathSeparator))
                .filter(folder -> !folder.isEmpty())
                .map(folder -> Path.of(folder, "redis-server"))
                .filter(Files::isExecutable)
                .filter(file -> majorVersion(file) >= OLDEST_MAJOR)
                .findFirst();
    }

    /** The major version that the program says it has; 0 if it says none. */
    private static int majorVersion(Path file) {
        try {
            Process process =
                    new ProcessBuilder(file.toString(), "--version")
                            .redirectErrorStream(true)
                            .start();
            process.getOutputStream().close();
            if (!process.waitFor(5, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return 0;
            }
            String answer =
                    new String(process.getInputStream().readNBytes(1024), StandardCharsets.UTF_8);
            Matcher version = VERSION.matcher(answer);
            return version.find() ? Integer.parseInt(version.group(1)) : 0;
        } catch (IOException e) {
            return 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return 0;
        }
    }

    private static RedisBinary unpack() {
        String name = resourceName(System.getProperty("os.name"), System.getProperty("os.arch"));
        try (InputStream in = RedisBinary.class.getResourceAsStream("/" + name)) {
            if (in == null) {
                throw new RedisStartException(
                        "no redis-server comes with Holdfast as " + name + ADVICE);
            }
            // A file of its own for each start: a shared one could be another user's.
            Path file = Files.createTempFile("holdfast-redis-server-", "");
            Files.copy(in, file, StandardCopyOption.REPLACE_EXISTING);
            if (!file.toFile().setExecutable(true, true)) {
                throw new RedisStartException("cannot make " + file + " executable" + ADVICE);
            }
            return new RedisBinary(file, true);
        } catch (IOException e) {
            throw new RedisStartException(
                    "cannot unpack redis-server: " + e.getMessage() + ADVICE, e);
        }
    }

    /** The name in the jar org.signal:embedded-redis for an operating system and processor. */
    static String resourceName(String os, String arch) {
        String system =
                os.toLowerCase(Locale.ROOT).startsWith("mac")
                        ? "darwin"
                        : os.toLowerCase(Locale.ROOT);
        String processor =
                switch (arch) {
                    case "x86_64", "amd64" -> "amd64";
                    case "aarch64", "arm64" -> "arm64";
                    default -> arch;
                };
        return "redis-server-" + BUNDLED + "-" + system + "-" + processor;
    }
}
