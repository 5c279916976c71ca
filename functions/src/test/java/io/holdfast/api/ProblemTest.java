package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.Json;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** The catalogue of problems agrees with its page, and a problem with the catalogue. */
@NullMarked
final class ProblemTest {

    @Test
    void thePageHasTheCatalogue() throws IOException {
        List<String> rows =
                Files.readAllLines(Path.of("..", "docs", "problems.md")).stream()
                        .filter(line -> line.startsWith("| `"))
                        .toList();

        assertThat(rows)
                .containsExactlyElementsOf(
                        Arrays.stream(Problem.values()).map(ProblemTest::row).toList());
    }

    private static String row(Problem problem) {
        return "| `%s` | %d | %s | %s | %s |"
                .formatted(
                        problem.type(),
                        problem.status(),
                        problem.title(),
                        problem.meaning(),
                        problem.remedy());
    }

    @Test
    void aProblemSaysItsTypeAndItsStatusAndWhatIsWrong() {
        HttpResponse response = HttpResponse.problem(Problem.NOT_FOUND, "There is no such turn.");

        assertThat(response.status()).isEqualTo(404);
        assertThat(response.headers())
                .containsEntry("content-type", "application/problem+json")
                .containsEntry("cache-control", "no-store");
        assertThat(Json.readStored(response.body()))
                .isEqualTo(
                        Json.object()
                                .put("type", "/problems/not-found")
                                .put("title", "Not Found")
                                .put("status", 404)
                                .put("detail", "There is no such turn."));
    }
}
