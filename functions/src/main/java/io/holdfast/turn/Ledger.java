package io.holdfast.turn;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Price;
import io.holdfast.model.ModelEvent;
import io.holdfast.platform.Json;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/**
 * What calls of models cost, each at the price of its time.
 *
 * @param inputTokens 0 if the models did not say
 * @param outputTokens 0 if the models did not say
 * @param nanoDollars absent if the model of one of the calls had no price
 */
public record Ledger(int inputTokens, int outputTokens, @Nullable Long nanoDollars) {
    /** No calls. */
    static final Ledger EMPTY = new Ledger(0, 0, 0L);

    /** One call. */
    static Ledger of(ModelEvent.Usage usage, Optional<Price> price) {
        int input = usage.inputTokens();
        int output = usage.outputTokens();
        return new Ledger(
                input, output, price.map(known -> known.nanoDollars(input, output)).orElse(null));
    }

    /** All calls of these steps. */
    static Ledger of(List<StepResult> steps) {
        return steps.stream().map(StepResult::ledger).reduce(EMPTY, Ledger::plus);
    }

    /** These calls and others. */
    Ledger plus(Ledger other) {
        return new Ledger(
                inputTokens + other.inputTokens,
                outputTokens + other.outputTokens,
                nanoDollars == null || other.nanoDollars == null
                        ? null
                        : Long.valueOf(nanoDollars + other.nanoDollars));
    }

    /** {@code {inputTokens, outputTokens}}. */
    ObjectNode usage() {
        return Json.object().put("inputTokens", inputTokens).put("outputTokens", outputTokens);
    }

    /** {@code {usd}}, a number of nine decimal places at most; empty if a call had no price. */
    Optional<ObjectNode> cost() {
        return Optional.ofNullable(nanoDollars)
                .map(nano -> BigDecimal.valueOf(nano, 9).stripTrailingZeros())
                // Ten is 10, not 1E+1.
                .map(usd -> usd.setScale(Math.max(usd.scale(), 0)))
                .map(usd -> Json.object().put("usd", usd));
    }
}
