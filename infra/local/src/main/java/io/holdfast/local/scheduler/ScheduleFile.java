package io.holdfast.local.scheduler;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;

/** A file that holds schedules while the service does not run, as a JSON array. */
final class ScheduleFile {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path file;

    ScheduleFile(Path file) {
        this.file = file;
    }

    /**
     * What was written last; nothing if there is no file.
     *
     * @throws IllegalArgumentException if somebody else has written it, in words that say what to
     *     do
     */
    List<JsonNode> read() {
        if (!Files.exists(file)) {
            return List.of();
        }
        try {
            if (JSON.readTree(file.toFile()) instanceof ArrayNode array) {
                List<JsonNode> read = new ArrayList<>();
                array.forEach(read::add);
                return read;
            }
            throw notOurs(null);
        } catch (JsonProcessingException e) {
            throw notOurs(e);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be read", e);
        }
    }

    /** The error for what {@link #write} has not written. */
    IllegalArgumentException notOurs(@Nullable Exception cause) {
        return new IllegalArgumentException(
                file
                        + " does not hold schedules as Holdfast keeps them. Remove it to begin"
                        + " without them.",
                cause);
    }

    /** Replaces what it holds: whoever reads finds all of the old or all of the new. */
    void write(List<? extends JsonNode> schedules) {
        ArrayNode array = JSON.createArrayNode();
        array.addAll(schedules);
        Path next = file.resolveSibling(file.getFileName() + ".next");
        try {
            Files.createDirectories(file.toAbsolutePath().getParent());
            Files.writeString(next, array.toPrettyString());
            Files.move(
                    next,
                    file,
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written", e);
        }
    }
}
