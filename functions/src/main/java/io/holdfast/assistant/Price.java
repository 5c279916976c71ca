package io.holdfast.assistant;

import java.math.BigDecimal;
import java.math.RoundingMode;

/**
 * What the tokens of a model cost, in US dollars per million.
 *
 * @param input of those that it reads
 * @param output of those that it writes
 */
public record Price(BigDecimal input, BigDecimal output) {
    /** A dollar for a million tokens is so many nano-dollars for one. */
    private static final BigDecimal FOR_ONE = BigDecimal.valueOf(1_000);

    /** What a call costs, in whole nano-dollars; half of one counts as one. */
    public long nanoDollars(int inputTokens, int outputTokens) {
        return input.multiply(BigDecimal.valueOf(inputTokens))
                .add(output.multiply(BigDecimal.valueOf(outputTokens)))
                .multiply(FOR_ONE)
                .setScale(0, RoundingMode.HALF_UP)
                .longValueExact();
    }
}
