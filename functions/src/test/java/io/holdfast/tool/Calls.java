package io.holdfast.tool;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Risk;
import io.holdfast.platform.Json;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;

import org.jspecify.annotations.NullMarked;

import java.time.Duration;
import java.time.Instant;

/** Calls and specs of tests. */
@NullMarked
final class Calls {
    static final Duration TIMEOUT = Duration.ofSeconds(20);

    private Calls() {}

    static ObjectNode json(String text) {
        return (ObjectNode) Json.readStored(text.replace('\'', '"'));
    }

    /** One that has {@link #TIMEOUT} from now. */
    static ToolCall of(String input) {
        return of(input, Instant.now().plus(TIMEOUT));
    }

    static ToolCall of(String input, Instant deadline) {
        return new ToolCall(
                "call_1",
                "key-1",
                new TurnId("turn-0001"),
                new SessionId("session-1"),
                new UserId("alice"),
                json(input),
                deadline);
    }

    static ToolSpec spec(String name, Risk risk) {
        return spec(name, risk, json("{'type':'object'}"));
    }

    static ToolSpec spec(String name, Risk risk, ObjectNode schema) {
        return new ToolSpec(name, "a tool", risk, schema, TIMEOUT, false);
    }

    static JsonNode output(ToolResult result) {
        return switch (result) {
            case ToolResult.Success(JsonNode output) -> output;
            case ToolResult.Failure(String message) -> throw new AssertionError(message);
        };
    }

    static String failure(ToolResult result) {
        return switch (result) {
            case ToolResult.Success(JsonNode output) -> throw new AssertionError(output);
            case ToolResult.Failure(String message) -> message;
        };
    }
}
