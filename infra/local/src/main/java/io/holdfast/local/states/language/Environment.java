package io.holdfast.local.states.language;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/**
 * What the expressions of one state see at one moment. Not for several threads.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html">Transforming
 *     data with JSONata</a>
 */
public final class Environment {
    private final Function<String, @Nullable JsonNode> variables;
    private final Map<String, Object> converted = new HashMap<>();
    final InstantSource clock;
    final RandomGenerator random;

    /**
     * Makes an environment.
     *
     * @param states the value of {@code $states}
     * @param variables finds a workflow variable by its name without the dollar sign
     * @param clock what {@code $now()} and {@code $millis()} tell
     * @param random what {@code $random()} and {@code $uuid()} draw from
     */
    public Environment(
            JsonNode states,
            Function<String, @Nullable JsonNode> variables,
            InstantSource clock,
            RandomGenerator random) {
        this.variables = name -> name.equals("states") ? states : variables.apply(name);
        this.clock = clock;
        this.random = random;
    }

    /** The variable's value in JSONata's terms, or absent if it was never assigned. */
    @Nullable Object lookup(String name) {
        Object known = converted.get(name);
        if (known != null) {
            return known;
        }
        JsonNode value = variables.apply(name);
        if (value == null) {
            return null;
        }
        Object result = Values.toJsonata(value);
        converted.put(name, result);
        return result;
    }
}
