package io.holdfast.local.states;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.Environment;
import io.holdfast.local.states.language.ErrorNames;
import io.holdfast.local.states.language.EvaluationException;
import io.holdfast.local.states.language.Exit;
import io.holdfast.local.states.language.Json;
import io.holdfast.local.states.language.State;
import io.holdfast.local.states.language.Template;
import io.holdfast.local.states.language.Timestamps;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** One state being run: from its entry, through its attempts, to its exit. */
final class Visit {
    /** Where a state leads. */
    record Step(Payload output, Map<String, JsonNode> assigned, @Nullable String next) {}

    final Strand strand;
    private final State state;
    private final Payload input;
    private final Instant entered;
    private long enteredEvent;
    private int retries;
    private @Nullable String taskToken;

    Visit(Strand strand, State state, Payload input) {
        this.strand = strand;
        this.state = state;
        this.input = input;
        this.entered = timer().instant();
    }

    Step run() throws StateFailure {
        ObjectNode details = Json.object().put("name", state.name()).put("input", input.text());
        details.set("inputDetails", Json.object().put("truncated", false));
        enteredEvent = event(type() + "StateEntered", "stateEnteredEventDetails", details);
        try {
            return switch (state) {
                case State.Pass pass -> leave(pass.exit(), input, environment());
                case State.Succeed succeed -> leave(succeed.exit(), input, environment());
                case State.Fail fail -> throw failure(fail);
                case State.Choice choice -> choose(choice);
                case State.Wait wait -> {
                    sleepUntil(wakeUp(wait));
                    yield leave(wait.exit(), input, environment());
                }
                case State.Task task ->
                        new Recovery(this, task.handling(), task.exit())
                                .run(() -> new TaskRun(this, task).run());
                case State.Parallel parallel ->
                        new Recovery(this, parallel.handling(), parallel.exit())
                                .run(() -> ParallelRun.run(this, parallel));
                case State.Each each ->
                        new Recovery(this, each.handling(), each.exit())
                                .run(() -> MapRun.run(this, each));
            };
        } catch (Aborted e) {
            if (state instanceof State.Task
                    || state instanceof State.Wait
                    || state instanceof State.Parallel
                    || state instanceof State.Each) {
                event(type() + "StateAborted", null, Json.object());
            }
            throw e;
        }
    }

    /** The state's type as the events write it. */
    String type() {
        return switch (state) {
            case State.Task _ -> "Task";
            case State.Pass _ -> "Pass";
            case State.Wait _ -> "Wait";
            case State.Choice _ -> "Choice";
            case State.Succeed _ -> "Succeed";
            case State.Fail _ -> "Fail";
            case State.Parallel _ -> "Parallel";
            case State.Each _ -> "Map";
        };
    }

    String name() {
        return state.name();
    }

    Payload input() {
        return input;
    }

    StatesSettings settings() {
        return strand.execution.engine.settings;
    }

    Timer timer() {
        return settings().timer();
    }

    long event(String type, @Nullable String detailsName, ObjectNode details) {
        return strand.event(type, detailsName, details);
    }

    void retrying() {
        retries++;
    }

    void taskToken(String token) {
        taskToken = token;
    }

    private StateFailure failure(State.Fail fail) throws StateFailure {
        Environment environment = environment();
        Template error = fail.error();
        Template cause = fail.cause();
        return new StateFailure(
                error == null ? null : evaluate(error, environment, "string").textValue(),
                cause == null ? null : evaluate(cause, environment, "string").textValue());
    }

    private Step choose(State.Choice choice) throws StateFailure {
        Environment environment = environment();
        for (State.Rule rule : choice.rules()) {
            if (evaluate(rule.condition(), environment, "boolean").booleanValue()) {
                return leave(rule.exit(), input, environment);
            }
        }
        if (choice.otherwise().next() == null) {
            throw new StateFailure(
                    ErrorNames.NO_CHOICE_MATCHED,
                    prefix() + "Failed to transition out of the state. No choice rule matched.");
        }
        return leave(choice.otherwise(), input, environment);
    }

    private Instant wakeUp(State.Wait wait) throws StateFailure {
        Environment environment = environment();
        if (wait.seconds() != null) {
            // 99999999 seconds: the longest wait (AWS, Wait workflow state).
            int seconds = integer(wait.seconds(), environment, 0, 99_999_999);
            return entered.plusSeconds(seconds);
        }
        if (wait.timestamp() == null) {
            throw new IllegalStateException("the parser lets no such state pass");
        }
        String text = evaluate(wait.timestamp(), environment, "string").textValue();
        try {
            return Timestamps.parse(text);
        } catch (DateTimeException e) {
            throw evaluationFailed(
                    new EvaluationException(
                            "Timestamp",
                            "The Timestamp field cannot be parsed as an ISO-8601 extended offset"
                                    + " date-time format string: "
                                    + text));
        }
    }

    void sleep(Duration delay) throws StateFailure {
        sleepUntil(timer().instant().plus(delay));
    }

    private void sleepUntil(Instant time) throws StateFailure {
        if (!time.isAfter(timer().instant())) {
            return;
        }
        CompletableFuture<Boolean> awake = new CompletableFuture<>();
        Timer.Alarm alarm = timer().schedule(time, () -> awake.complete(true));
        try {
            strand.await(awake);
        } finally {
            alarm.cancel();
        }
    }

    Environment environment() {
        return environment(null, null);
    }

    /** What the state's expressions see; a result or an error is there only if there is one. */
    Environment environment(@Nullable String extra, @Nullable JsonNode value) {
        return environment(extra, value, null);
    }

    Environment environment(
            @Nullable String extra, @Nullable JsonNode value, @Nullable ObjectNode mapItem) {
        ObjectNode states = Json.object();
        states.set("input", input.json());
        if (extra != null && value != null) {
            states.set(extra, value);
        }
        states.set(
                "context",
                new Context(strand.execution, state.name(), entered, retries, taskToken)
                        .json(mapItem == null ? strand.mapItem() : mapItem));
        return new Environment(states, strand::variable, timer(), settings().random());
    }

    JsonNode evaluate(Template template, Environment environment) throws StateFailure {
        try {
            return template.evaluate(environment);
        } catch (EvaluationException e) {
            throw evaluationFailed(e);
        }
    }

    JsonNode evaluate(Template template, Environment environment, String type) throws StateFailure {
        try {
            return template.evaluate(environment, type);
        } catch (EvaluationException e) {
            throw evaluationFailed(e);
        }
    }

    int integer(Template template, Environment environment, int min, int max) throws StateFailure {
        try {
            return template.integer(environment, min, max);
        } catch (EvaluationException e) {
            throw evaluationFailed(e);
        }
    }

    StateFailure evaluationFailed(EvaluationException e) {
        String cause = prefix() + e.getMessage();
        ObjectNode details =
                Json.object()
                        .put("error", ErrorNames.QUERY_EVALUATION_ERROR)
                        .put("cause", cause)
                        .put("location", e.location())
                        .put("state", state.name());
        event("EvaluationFailed", "evaluationFailedEventDetails", details);
        return new StateFailure(ErrorNames.QUERY_EVALUATION_ERROR, cause);
    }

    private String prefix() {
        return "An error occurred while executing the state '%s' (entered at the event id #%d). "
                .formatted(state.name(), enteredEvent);
    }

    /** Leaves the state; every expression sees the variables from before. */
    Step leave(Exit exit, Payload defaultOutput, Environment environment) throws StateFailure {
        Map<String, JsonNode> assigned = new LinkedHashMap<>();
        ObjectNode texts = Json.object();
        int size = 0;
        for (Map.Entry<String, Template> variable : exit.assign().entrySet()) {
            JsonNode value = evaluate(variable.getValue(), environment);
            assigned.put(variable.getKey(), value);
            String text = Json.write(value);
            texts.put(variable.getKey(), text);
            size += text.getBytes(StandardCharsets.UTF_8).length;
            if (size > Payload.MAX_BYTES) {
                throw StateFailure.dataLimit(state.name());
            }
        }
        Template output = exit.output();
        Payload made = output == null ? defaultOutput : Payload.of(evaluate(output, environment));
        if (made.isTooLarge()) {
            throw StateFailure.dataLimit(state.name());
        }
        ObjectNode details = Json.object().put("name", state.name()).put("output", made.text());
        details.set("outputDetails", Json.object().put("truncated", false));
        if (!assigned.isEmpty()) {
            details.set("assignedVariables", texts);
            details.set("assignedVariablesDetails", Json.object().put("truncated", false));
        }
        event(type() + "StateExited", "stateExitedEventDetails", details);
        return new Step(made, assigned, exit.next());
    }

    /** The values as one array. */
    static ArrayNode array(Iterable<JsonNode> values) {
        ArrayNode array = Json.object().arrayNode();
        values.forEach(array::add);
        return array;
    }
}
