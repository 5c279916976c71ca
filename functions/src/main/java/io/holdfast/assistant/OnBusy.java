package io.holdfast.assistant;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** What becomes of a message that comes while another is answered. */
public enum OnBusy {
    /** It is refused. */
    REJECT,
    /** It waits for its turn. */
    QUEUE,
    /** The answer that is on its way is cancelled, and it is the next. */
    INTERRUPT;

    /** What a request asks for, or why it cannot be read. */
    public sealed interface Read {
        /** It can be read; absent if it asks for nothing. */
        record Valid(@Nullable OnBusy onBusy) implements Read {}

        /**
         * It is something else.
         *
         * @param reason in words for the client
         */
        record Invalid(String reason) implements Read {}
    }

    /** Reads {@code onBusy} of a body; a body without one asks for nothing. */
    public static Read ofBody(JsonNode body) {
        JsonNode value = body.path("onBusy");
        if (value.isMissingNode()) {
            return new Read.Valid(null);
        }
        return Optional.ofNullable(value.textValue())
                .flatMap(OnBusy::of)
                .<Read>map(Read.Valid::new)
                .orElseGet(() -> new Read.Invalid("onBusy must be one of " + wireNames()));
    }

    /** The name in requests and configurations. */
    public String wireName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The one of this wire name; empty if there is none. */
    public static Optional<OnBusy> of(String wireName) {
        return Arrays.stream(values())
                .filter(value -> value.wireName().equals(wireName))
                .findFirst();
    }

    private static String wireNames() {
        return Arrays.stream(values()).map(OnBusy::wireName).collect(Collectors.joining(", "));
    }
}
