package io.holdfast.local.states;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.util.Set;

/** A request's parameters; what is missing or malformed is refused as the service refuses it. */
record ServiceRequest(JsonNode body) {
    private static final int MAX_RESULTS = 1000;

    String text(String name) {
        String value = optionalText(name);
        if (value == null) {
            throw StatesException.validation(
                    "1 validation error detected: Value null at '"
                            + name
                            + "' failed to satisfy constraint: Member must not be null");
        }
        return value;
    }

    /** A text of a length that the service's model allows, in characters. */
    String text(String name, int min, int max) {
        String value = text(name);
        if (value.length() < min) {
            throw outside(name, value, "greater than or equal to " + min);
        }
        return checked(name, value, max);
    }

    @Nullable String optionalText(String name, int max) {
        String value = optionalText(name);
        return value == null ? null : checked(name, value, max);
    }

    private static String checked(String name, String value, int max) {
        if (value.length() > max) {
            throw outside(name, value, "less than or equal to " + max);
        }
        return value;
    }

    private static StatesException outside(String name, String value, String bound) {
        String shown = value.length() > 100 ? value.substring(0, 100) + "…" : value;
        return StatesException.validation(
                "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must have length %s"
                        .formatted(shown, name, bound));
    }

    @Nullable String optionalText(String name) {
        JsonNode value = body.get(name);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw new StatesException(
                    "SerializationException", "The value of '" + name + "' must be a string");
        }
        return value.textValue();
    }

    boolean flag(String name) {
        JsonNode value = body.path(name);
        if (!value.isBoolean() && !value.isNull() && !value.isMissingNode()) {
            throw new StatesException(
                    "SerializationException", "The value of '" + name + "' must be a boolean");
        }
        return value.asBoolean(false);
    }

    /** An ARN of this kind, such as {@code execution}. */
    String arn(String name, String kind) {
        String arn = text(name);
        String[] parts = arn.split(":", 7);
        if (parts.length < 7 || !parts[0].equals("arn") || !parts[2].equals("states")) {
            throw new StatesException(
                    "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: " + arn + "'");
        }
        if (!parts[5].equals(kind)) {
            throw new StatesException(
                    "InvalidArn",
                    "Invalid Arn: 'Resource type not valid in this context: " + parts[5] + "'");
        }
        return arn;
    }

    @Nullable String option(String name, Set<String> values) {
        String value = optionalText(name);
        if (value != null && !values.contains(value)) {
            throw StatesException.validation(
                    "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: %s"
                            .formatted(value, name, values));
        }
        return value;
    }

    /** How many results a page has; 100 unless asked. */
    int pageSize() {
        JsonNode value = body.path("maxResults");
        if (!value.isIntegralNumber() && !value.isNull() && !value.isMissingNode()) {
            throw new StatesException(
                    "SerializationException", "The value of 'maxResults' must be an integer");
        }
        boolean isHuge = value.isIntegralNumber() && !value.canConvertToInt();
        int size = isHuge ? Integer.MAX_VALUE : value.asInt(0);
        if (size > MAX_RESULTS || size < 0) {
            throw StatesException.validation(
                    "1 validation error detected: Value '%s' at 'maxResults' failed to satisfy constraint: Member must have value %s than or equal to %d"
                            .formatted(
                                    value.asText(),
                                    size < 0 ? "greater" : "less",
                                    size < 0 ? 0 : MAX_RESULTS));
        }
        return size == 0 ? 100 : size;
    }
}
