package io.holdfast.assistant;

import org.jspecify.annotations.Nullable;

import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the tokens of models cost.
 *
 * @param byModel by the id of a model, in which {@code *} stands for any characters; in the order
 *     of the file
 */
public record Prices(Map<String, Price> byModel) {
    /** No model has a price. */
    public static final Prices NONE = new Prices(Map.of());

    public Prices {
        byModel = Collections.unmodifiableMap(new LinkedHashMap<>(byModel));
    }

    /**
     * The price of a model: by its id, else by the longest pattern that fits, of equally long ones
     * by the first. Empty if none fits.
     */
    public Optional<Price> of(String model) {
        @Nullable Price own = byModel.get(model);
        return own != null
                ? Optional.of(own)
                : byModel.entrySet().stream()
                        .filter(entry -> Wildcard.matches(entry.getKey(), model))
                        // Of equals, it keeps the first.
                        .max(Comparator.comparingInt(entry -> entry.getKey().length()))
                        .map(Map.Entry::getValue);
    }
}
