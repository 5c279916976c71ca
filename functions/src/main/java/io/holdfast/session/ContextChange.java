package io.holdfast.session;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What changes in the context of a conversation.
 *
 * @param switches whether a provider is on; those that are left out stay as they are
 * @param subject what is known of the subject, a JSON object; absent if that stays as it is
 */
public record ContextChange(Map<ContextProvider, Boolean> switches, @Nullable String subject) {
    /** Nothing changes. */
    public static final ContextChange NONE = new ContextChange(Map.of(), null);

    /**
     * Enough for the figures and the settings of a thing, and four units of DynamoDB's reading;
     * what assistants are told of it is bounded by themselves.
     */
    static final int MAX_SUBJECT_BYTES = 16_000;

    /** Who says what is known of the subject wants it told. */
    public ContextChange {
        Map<ContextProvider, Boolean> all = new EnumMap<>(ContextProvider.class);
        all.putAll(switches);
        if (subject != null) {
            all.put(ContextProvider.SUBJECT, true);
        }
        switches = Map.copyOf(all);
    }

    /** Whether everything stays as it is. */
    public boolean isNothing() {
        return switches.isEmpty() && subject == null;
    }

    /** What became of reading one. */
    public sealed interface Read {
        /** It can be read. */
        record Valid(ContextChange change) implements Read {}

        /**
         * It cannot.
         *
         * @param reason in words for the client, a sentence without its full stop
         */
        record Invalid(String reason) implements Read {}
    }

    /**
     * Reads {@code {date?, mcp?, profile?, memory?, subject?}}: each is true or false; {@code
     * subject} may also be what is known of it, 16,000 bytes of JSON at most. An empty object
     * forgets that.
     *
     * @param json nothing changes if it is missing
     */
    public static Read read(JsonNode json) {
        if (json.isMissingNode()) {
            return new Read.Valid(NONE);
        }
        if (!(json instanceof ObjectNode object)) {
            return new Read.Invalid("context must be an object, for example {\"memory\": false}");
        }
        Map<ContextProvider, Boolean> switches = new HashMap<>();
        String subject = null;
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
            Optional<ContextProvider> provider = ContextProvider.of(entry.getKey());
            if (provider.isEmpty()) {
                return new Read.Invalid("context may have " + names());
            }
            switch (entry.getValue()) {
                case ObjectNode data when provider.get() == ContextProvider.SUBJECT -> {
                    subject = Json.write(data);
                    if (subject.getBytes(StandardCharsets.UTF_8).length > MAX_SUBJECT_BYTES) {
                        return new Read.Invalid(
                                "context.subject must have %,d bytes at most"
                                        .formatted(MAX_SUBJECT_BYTES));
                    }
                }
                case JsonNode value when value.isBoolean() ->
                        switches.put(provider.get(), value.booleanValue());
                default -> {
                    return new Read.Invalid(
                            "context.%s must be true or false%s"
                                    .formatted(
                                            entry.getKey(),
                                            provider.get() == ContextProvider.SUBJECT
                                                    ? ", or an object of what is known of it"
                                                    : ""));
                }
            }
        }
        return new Read.Valid(new ContextChange(switches, subject));
    }

    private static String names() {
        return Arrays.stream(ContextProvider.values())
                .map(ContextProvider::wireName)
                .collect(Collectors.joining(", "));
    }
}
