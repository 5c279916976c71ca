package io.holdfast.local;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * Runs the whole system until it is ended by Ctrl-C or SIGTERM.
 *
 * <p>{@link LocalSettings#fromEnvironment} names the variables. The line {@code Holdfast is ready
 * at http://127.0.0.1:8080} tells on stdout that everything answers; all else goes to stderr. If it
 * cannot start, it says why in a line for each fault and ends with 1.
 */
public final class Main {
    private Main() {}

    /** Takes no arguments. */
    public static void main(String[] arguments) throws InterruptedException {
        System.setProperty("logback.configurationFile", "logback-local.xml");
        long from = System.nanoTime();
        LocalSystem system;
        try {
            LocalSettings settings = LocalSettings.fromEnvironment(System.getenv(), root());
            System.err.println("Holdfast starts " + settings.template().getFileName());
            system = LocalSystem.start(settings, System.err::println);
        } catch (StartException e) {
            System.err.println(e.getMessage());
            System.exit(1);
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(system::close, "end"));
        System.err.printf("  all          %5.2f s%n", (System.nanoTime() - from) / 1e9);
        System.out.println("Holdfast is ready at " + system.url());
        new CountDownLatch(1).await();
    }

    /** The repository: said by Maven, or the nearest folder upwards with a template. */
    private static Path root() {
        String said = System.getProperty("holdfast.root");
        if (said != null) {
            return Path.of(said);
        }
        Path here = Path.of("").toAbsolutePath();
        for (Path at = here; at != null; at = at.getParent()) {
            if (Files.isRegularFile(at.resolve("template.yaml"))) {
                return at;
            }
        }
        return here;
    }
}
