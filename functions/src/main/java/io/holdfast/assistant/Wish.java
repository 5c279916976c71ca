package io.holdfast.assistant;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a message or a session asks for; absent where it asks for nothing.
 *
 * @param assistant an assistant's name
 * @param model a Bedrock model or inference profile
 */
public record Wish(
        @Nullable String assistant, @Nullable String model, @Nullable ReasoningEffort effort) {
    /** Nothing in particular. */
    public static final Wish NONE = new Wish(null, null, null);

    private static final Pattern NAME = Pattern.compile("[a-zA-Z0-9_-]{1,64}");
    private static final Pattern MODEL = Pattern.compile("[\\x21-\\x7E]{1,2048}");

    /** What a frame's body asks for, or why it cannot be read. */
    public sealed interface Read {

        /** It can be read; what it asks for need not exist. */
        record Valid(Wish wish) implements Read {}

        /**
         * It is of another form.
         *
         * @param reason in words for the client
         */
        record Invalid(String reason) implements Read {}
    }

    /**
     * Reads {@code assistant}, {@code model} and {@code reasoningEffort} of a frame's body. Other
     * keys are the frontend's own. A body that is absent asks for nothing.
     */
    public static Read ofBody(JsonNode body) {
        if (body.isMissingNode() || body.isNull()) {
            return new Read.Valid(NONE);
        }
        if (!body.isObject()) {
            return new Read.Invalid("body must be an object");
        }
        Optional<String> assistant = text(body, "assistant");
        if (body.has("assistant") && assistant.filter(matches(NAME)).isEmpty()) {
            return new Read.Invalid("body.assistant must be the name of an assistant");
        }
        Optional<String> model = text(body, "model");
        if (body.has("model") && model.filter(matches(MODEL)).isEmpty()) {
            return new Read.Invalid("body.model must be the id of a model");
        }
        Optional<ReasoningEffort> effort =
                text(body, "reasoningEffort").flatMap(ReasoningEffort::of);
        if (body.has("reasoningEffort") && effort.isEmpty()) {
            return new Read.Invalid("body.reasoningEffort must be one of " + efforts());
        }
        return new Read.Valid(
                new Wish(assistant.orElse(null), model.orElse(null), effort.orElse(null)));
    }

    private static Optional<String> text(JsonNode body, String key) {
        return Optional.ofNullable(body.path(key).textValue());
    }

    private static Predicate<String> matches(Pattern pattern) {
        return pattern.asMatchPredicate();
    }

    private static String efforts() {
        return Arrays.stream(ReasoningEffort.values())
                .map(ReasoningEffort::wireName)
                .collect(Collectors.joining(", "));
    }
}
