package io.holdfast.local;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Starts the system for tests: the repository's template, on a free port. */
public final class TestSystems {
    /** The repository; Maven runs a module's tests in the module's folder. */
    public static final Path ROOT =
            Path.of(System.getProperty("basedir", "."), "..", "..").toAbsolutePath().normalize();

    private TestSystems() {}

    /** Starts it with more variables than {@code HOLDFAST_PORT=0}. */
    public static LocalSystem start(Map<String, String> variables) {
        Map<String, String> environment = new HashMap<>(Map.of("HOLDFAST_PORT", "0"));
        environment.putAll(variables);
        return LocalSystem.start(LocalSettings.fromEnvironment(environment, ROOT));
    }
}
