package io.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The README quotes the last long fault run, line by line. */
class FaultFiguresTest {

    @Test
    void theReadmeHasTheFiguresOfTheRun() throws IOException {
        List<String> table =
                lines("docs/faults.md").stream()
                        .dropWhile(line -> !line.startsWith("|"))
                        .takeWhile(line -> line.startsWith("|"))
                        .toList();

        assertThat(table).hasSizeGreaterThan(2);
        assertThat(lines("README.md")).containsSequence(table);
    }

    private static List<String> lines(String file) throws IOException {
        return Files.readAllLines(TestSystems.ROOT.resolve(Path.of(file)));
    }
}
