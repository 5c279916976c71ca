package io.holdfast.turn;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.TurnId;

import org.slf4j.MDC;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Map;

/**
 * The turn function: the actions that the turn's state machine asks for.
 *
 * <p>{@code {action: "generate", turnId, step}} answers {@code {outcome: "answered" | "failed" |
 * "ended", failure?}}; {@code {action: "finish", turnId}} and {@code {action: "fail", turnId,
 * failure}} answer {@code {}}. What may pass is thrown, so that the state machine tries again.
 */
public final class TurnHandler implements RequestStreamHandler {
    /** Kept back of the function's time, to end a step that takes too long in good order. */
    private static final Duration RESERVE = Duration.ofSeconds(20);

    private final TurnFunction function;

    /** On Lambda. */
    public TurnHandler() {
        this(System.getenv());
    }

    /** With an environment of its own, several in one process. */
    public TurnHandler(Map<String, String> environment) {
        this.function = TurnFunction.from(environment);
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context)
            throws IOException {
        JsonNode event = Json.MAPPER.readTree(input);
        TurnId turn = new TurnId(event.path("turnId").asText());
        MDC.put("turnId", turn.value());
        try {
            ObjectNode answer =
                    switch (event.path("action").asText()) {
                        case "generate" -> {
                            Duration left =
                                    Duration.ofMillis(context.getRemainingTimeInMillis())
                                            .minus(RESERVE);
                            yield encode(
                                    function.steps().run(turn, event.path("step").asInt(), left));
                        }
                        case "finish" -> {
                            function.finisher().finish(turn);
                            yield Json.object();
                        }
                        case "fail" -> {
                            function.finisher().fail(turn, event.path("failure").asText());
                            yield Json.object();
                        }
                        default -> throw new IllegalArgumentException("no such action");
                    };
            Json.MAPPER.writeValue(output, answer);
        } finally {
            MDC.remove("turnId");
        }
    }

    private static ObjectNode encode(StepOutcome outcome) {
        return switch (outcome) {
            case StepOutcome.Answered() -> Json.object().put("outcome", "answered");
            case StepOutcome.Failed(String failure) ->
                    Json.object().put("outcome", "failed").put("failure", failure);
            case StepOutcome.Ended() -> Json.object().put("outcome", "ended");
        };
    }
}
