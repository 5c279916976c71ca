package io.holdfast.chunk;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

/** The fields of a chunk that is being read. */
record ChunkFields(String type, JsonNode json) {

    String text(String field) {
        JsonNode value = json.path(field);
        if (!value.isTextual()) {
            throw new InvalidChunkException(type + ": " + field + " must be a string");
        }
        return value.textValue();
    }

    @Nullable String optionalText(String field) {
        return optional(field) == null ? null : text(field);
    }

    boolean truth(String field) {
        JsonNode value = json.path(field);
        if (!value.isBoolean()) {
            throw new InvalidChunkException(type + ": " + field + " must be true or false");
        }
        return value.booleanValue();
    }

    /** False if it is absent. */
    boolean flag(String field) {
        return optional(field) != null && truth(field);
    }

    /** Any value, {@code null} among them. */
    JsonNode any(String field) {
        JsonNode value = json.get(field);
        if (value == null) {
            throw new InvalidChunkException(type + ": " + field + " must be there");
        }
        return value;
    }

    @Nullable JsonNode optional(String field) {
        JsonNode value = json.get(field);
        return value == null || value.isNull() ? null : value;
    }

    FinishReason finishReason() {
        String name = text("finishReason");
        for (FinishReason reason : FinishReason.values()) {
            if (reason.wireName().equals(name)) {
                return reason;
            }
        }
        throw new InvalidChunkException(type + ": unknown finishReason");
    }
}
