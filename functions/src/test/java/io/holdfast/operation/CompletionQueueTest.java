package io.holdfast.operation;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.IntSummaryStatistics;
import java.util.Random;
import java.util.stream.IntStream;

/** When what could not be taken comes again. */
class CompletionQueueTest {
    @ParameterizedTest
    @CsvSource({
        "1, 3, 5",
        "2, 10, 20",
        "3, 40, 80",
        "4, 160, 320",
        "5, 360, 720",
        "8, 360, 720",
        "1000000, 360, 720",
        "0, 3, 5"
    })
    void thePauseGrowsAndHalfOfItIsChance(int received, int shortest, int longest) {
        Random random = new Random(1);

        IntSummaryStatistics pauses =
                IntStream.range(0, 20_000)
                        .map(_ -> CompletionQueue.pause(received, random))
                        .summaryStatistics();

        assertThat(pauses.getMin()).isEqualTo(shortest);
        assertThat(pauses.getMax()).isEqualTo(longest);
    }
}
