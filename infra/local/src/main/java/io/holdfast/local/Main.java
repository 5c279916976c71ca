package io.holdfast.local;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;

/**
 * Runs the whole system until it is ended by Ctrl-C or SIGTERM.
 *
 * <p>{@link LocalSettings#fromEnvironment} names the variables. The line {@code Holdfast is ready
 * at http://127.0.0.1:8080} tells that everything answers. If it cannot start, it says why in a
 * line for each fault and ends with 1.
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
            System.out.println("Holdfast starts " + settings.template().getFileName());
            system = LocalSystem.start(settings, System.out::println);
        } catch (StartException e) {
            System.err.println(e.getMessage());
            System.exit(1);
            return;
        }
        Runtime.getRuntime().addShutdownHook(new Thread(system::close, "end"));
        if (Boolean.getBoolean("holdfast.endWithParent")) {
            endWithParent();
        }
        System.out.printf("  all          %5.2f s%n", (System.nanoTime() - from) / 1e9);
        System.out.println("Holdfast is ready at " + system.url());
        new CountDownLatch(1).await();
    }

    /** Maven that is killed cannot end its child; the child sees it and ends. */
    private static void endWithParent() {
        ProcessHandle parent = ProcessHandle.current().parent().orElseThrow();
        Thread.ofVirtual()
                .name("end-with-parent")
                .start(
                        () -> {
                            parent.onExit().join();
                            System.exit(1);
                        });
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
