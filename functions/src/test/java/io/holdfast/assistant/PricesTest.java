package io.holdfast.assistant;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.math.BigDecimal;
import java.util.Map;

@NullMarked
final class PricesTest {
    /** The place in the file is the price. */
    private static final Prices PRICES =
            CatalogReader.read(
                            """
                            version: 1
                            assistants:
                              helper: { systemPrompt: Hi., model: m }
                            prices:
                              "*": { input: 1, output: 0 }
                              "us.**": { input: 2, output: 0 }
                              "us.amazon.*": { input: 3, output: 0 }
                              "**us.a**": { input: 4, output: 0 }
                              us.a: { input: 5, output: 0 }
                              "eu.*.one": { input: 6, output: 0 }
                              "eu.two.*": { input: 7, output: 0 }
                            """,
                            Map.of())
                    .prices();

    @ParameterizedTest
    @CsvSource({
        "script, 1",
        "us.meta.x, 2",
        "us.amazon.x, 3",
        "us.anthropic.x, 4",
        "us.a, 5",
        "eu.two.one, 6",
        "eu.two.two, 7",
    })
    void theIdCountsThenTheLongestPatternThenTheFirst(String model, String input) {
        assertThat(PRICES.of(model)).map(Price::input).contains(new BigDecimal(input));
    }

    @Test
    void aModelThatNothingFitsHasNone() {
        assertThat(new Prices(Map.of("script", price("1", "1"))).of("script2")).isEmpty();
        assertThat(Prices.NONE.of("script")).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "3, 15, 1, 0, 3000",
        "3, 15, 0, 1, 15000",
        "3, 15, 1000, 200, 6000000",
        "0, 0, 1000, 200, 0",
        // Rounded once for a call: half of a nano-dollar is one, less is none.
        "0.0005, 0, 1, 0, 1",
        "0.00049999, 0, 1, 0, 0",
        "0.0005, 0.0005, 1, 1, 1",
        "0.0003, 0.0003, 1, 1, 1",
        "0.035, 0.14, 3, 5, 805",
        "10000, 10000, 2147483647, 2147483647, 42949672940000000",
    })
    void aCallCostsWholeNanoDollars(
            String input, String output, int inputTokens, int outputTokens, long nanoDollars) {
        assertThat(price(input, output).nanoDollars(inputTokens, outputTokens))
                .isEqualTo(nanoDollars);
    }

    private static Price price(String input, String output) {
        return new Price(new BigDecimal(input), new BigDecimal(output));
    }
}
