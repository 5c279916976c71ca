package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;

/** What a call of a tool came to, in full. */
sealed interface CallResult {

    /** What it brought, secrets and all. */
    record Success(JsonNode output) implements CallResult {}

    /** It failed, in words for the model and the user. */
    record Failure(String message) implements CallResult {}

    /** It was not allowed to run. */
    record Denied(String reason) implements CallResult {}
}
