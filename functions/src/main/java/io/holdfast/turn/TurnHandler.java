package io.holdfast.turn;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.TurnId;

import org.slf4j.MDC;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The turn function: the actions that the turn's state machine asks for.
 *
 * <p>{@code {action: "generate", turnId, step}} answers {@code {outcome: "answered" | "calling" |
 * "failed" | "ended", calls?: [{index, expires, operation?, heartbeat?, timeout?}], failure?}},
 * with the seconds that a human has to confirm a call, or 0, and, for the work of an outside
 * service, its mode and the seconds that it may be silent and may take. {@code ask} (with a {@code
 * taskToken}), {@code expire}, {@code claim}, {@code call} and {@code give_up} (with an {@code
 * error}) of {@code {turnId, step, index}} are about one call of a tool. {@code claim} answers
 * {@code {claimed}}. {@code {action: "finish", turnId}} answers {@code {title}}: whether {@code
 * title} is to be asked for, which has the model write one. The others, and {@code {action: "fail",
 * turnId, failure}}, answer {@code {}}. What may pass is thrown, so that the state machine tries
 * again.
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
                        case "generate" ->
                                encode(
                                        function.steps()
                                                .run(
                                                        turn,
                                                        event.path("step").asInt(),
                                                        left(context)));
                        case "ask" -> {
                            function.desk()
                                    .ask(turn, call(event), event.path("taskToken").asText());
                            yield Json.object();
                        }
                        case "expire" -> {
                            function.desk().expire(turn, call(event));
                            yield Json.object();
                        }
                        case "claim" ->
                                Json.object()
                                        .put("claimed", function.claims().claim(turn, call(event)));
                        case "call" -> {
                            function.calls().run(turn, call(event), left(context));
                            yield Json.object();
                        }
                        case "give_up" -> {
                            function.calls()
                                    .giveUp(turn, call(event), event.path("error").asText());
                            yield Json.object();
                        }
                        case "finish" -> {
                            function.finisher().finish(turn);
                            yield Json.object().put("title", function.titles().isWanted(turn));
                        }
                        case "title" -> {
                            function.titles().write(turn);
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

    private static Duration left(Context context) {
        return Duration.ofMillis(context.getRemainingTimeInMillis()).minus(RESERVE);
    }

    private static CallId call(JsonNode event) {
        return new CallId(event.path("step").asInt(), event.path("index").asInt());
    }

    private static ObjectNode encode(StepOutcome outcome) {
        return switch (outcome) {
            case StepOutcome.Answered() -> Json.object().put("outcome", "answered");
            case StepOutcome.Calling(List<StepOutcome.Pending> calls) -> {
                ObjectNode answer = Json.object().put("outcome", "calling");
                ArrayNode pending = answer.putArray("calls");
                for (StepOutcome.Pending call : calls) {
                    ObjectNode entry =
                            pending.addObject()
                                    .put("index", call.index())
                                    .put("expires", call.expires());
                    if (call.operation() != null) {
                        entry.put(
                                        "operation",
                                        call.operation().mode().name().toLowerCase(Locale.ROOT))
                                .put("heartbeat", call.operation().heartbeat().toSeconds())
                                .put("timeout", call.operation().timeout().toSeconds());
                    }
                }
                yield answer;
            }
            case StepOutcome.Failed(String failure) ->
                    Json.object().put("outcome", "failed").put("failure", failure);
            case StepOutcome.Ended() -> Json.object().put("outcome", "ended");
        };
    }
}
