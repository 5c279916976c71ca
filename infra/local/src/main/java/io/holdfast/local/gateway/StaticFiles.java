package io.holdfast.local.gateway;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;

/**
 * Serves the files of one folder, {@code index.html} for the folder itself. Browsers must ask again
 * each time, so that a rebuilt page shows at once.
 */
public final class StaticFiles implements LocalHandler {
    private static final Map<String, String> TYPES =
            Map.ofEntries(
                    Map.entry("html", "text/html;charset=utf-8"),
                    Map.entry("js", "text/javascript;charset=utf-8"),
                    Map.entry("mjs", "text/javascript;charset=utf-8"),
                    Map.entry("css", "text/css;charset=utf-8"),
                    Map.entry("json", "application/json"),
                    Map.entry("map", "application/json"),
                    Map.entry("svg", "image/svg+xml"),
                    Map.entry("png", "image/png"),
                    Map.entry("ico", "image/x-icon"),
                    Map.entry("woff2", "font/woff2"),
                    Map.entry("txt", "text/plain;charset=utf-8"));

    private final Path root;

    /** Serves the folder; it may come into being later. */
    public StaticFiles(Path root) {
        this.root = root;
    }

    /** The file of the path, or null if there is none: another route may know it. */
    @Override
    public @Nullable LocalResponse handle(LocalRequest request) {
        Path file = find(request.path());
        if (file == null) {
            return null;
        }
        try {
            String name = file.getFileName().toString();
            String extension = name.substring(name.lastIndexOf('.') + 1).toLowerCase(Locale.ROOT);
            return new LocalResponse(
                    200,
                    Map.of(
                            "content-type",
                            TYPES.getOrDefault(extension, "application/octet-stream"),
                            "cache-control",
                            "no-cache",
                            "x-content-type-options",
                            "nosniff"),
                    Files.readAllBytes(file));
        } catch (IOException e) {
            throw new UncheckedIOException("Cannot read a file of " + root, e);
        }
    }

    private @Nullable Path find(String path) {
        String relative = path.endsWith("/") ? path.substring(1) + "index.html" : path.substring(1);
        try {
            // The real paths are compared, so that neither ".." nor a link leads out.
            Path realRoot = root.toRealPath();
            Path file = realRoot.resolve(relative).toRealPath();
            return file.startsWith(realRoot) && Files.isRegularFile(file) ? file : null;
        } catch (IOException | InvalidPathException e) {
            return null;
        }
    }
}
