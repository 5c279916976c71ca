package io.holdfast.local.states;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.Environment;
import io.holdfast.local.states.language.ErrorNames;
import io.holdfast.local.states.language.EvaluationException;
import io.holdfast.local.states.language.Json;
import io.holdfast.local.states.language.State;
import io.holdfast.local.states.language.Template;

import org.jspecify.annotations.Nullable;

/**
 * One attempt of a Map state in inline mode.
 *
 * @see <a href="https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html">Using
 *     Map state in Inline mode</a>
 */
final class MapRun implements Fork.Work {
    /** "In this mode, the Map state supports up to 40 concurrent iterations." */
    private static final int MAX_CONCURRENCY = 40;

    private final Visit visit;
    private final State.Each state;
    private final JsonNode items;
    private final int toleratedCount;
    private final double toleratedPercentage;

    private MapRun(Visit visit, State.Each state, JsonNode items, Environment environment)
            throws StateFailure {
        this.visit = visit;
        this.state = state;
        this.items = items;
        this.toleratedCount =
                state.toleratedFailureCount() == null
                        ? -1
                        : visit.integer(state.toleratedFailureCount(), environment, 0, 99_999_999);
        this.toleratedPercentage =
                state.toleratedFailurePercentage() == null
                        ? -1
                        : percentage(visit, state.toleratedFailurePercentage(), environment);
    }

    static Payload run(Visit visit, State.Each state) throws StateFailure {
        Environment environment = visit.environment();
        MapRun run = new MapRun(visit, state, items(visit, state, environment), environment);
        int concurrency =
                state.maxConcurrency() == null
                        ? 0
                        : visit.integer(state.maxConcurrency(), environment, 0, 99_999_999);
        int count = run.items.size();
        visit.event(
                "MapStateStarted",
                "mapStateStartedEventDetails",
                Json.object().put("length", count));
        int width = concurrency == 0 ? MAX_CONCURRENCY : Math.min(concurrency, MAX_CONCURRENCY);
        Payload result = Payload.of(Visit.array(Fork.run(visit.strand, count, width, run)));
        visit.event("MapStateSucceeded", null, Json.object());
        return result;
    }

    private static JsonNode items(Visit visit, State.Each state, Environment environment)
            throws StateFailure {
        if (state.items() != null) {
            return visit.evaluate(state.items(), environment, "array");
        }
        JsonNode input = visit.input().json();
        if (!input.isArray()) {
            throw visit.evaluationFailed(
                    new EvaluationException(
                            "Items",
                            "Map state input must be an array but was: "
                                    + shortened(visit.input().text())));
        }
        return input;
    }

    private static String shortened(String text) {
        return text.length() <= 200 ? text : text.substring(0, 200) + "…";
    }

    private static double percentage(Visit visit, Template template, Environment environment)
            throws StateFailure {
        double value = visit.evaluate(template, environment, "number").doubleValue();
        if (value < 0 || value > 100) {
            throw visit.evaluationFailed(
                    new EvaluationException(
                            "ToleratedFailurePercentage",
                            "ToleratedFailurePercentage must be between 0 and 100."));
        }
        return value;
    }

    @Override
    public ObjectNode item(int index) {
        ObjectNode item = Json.object().put("Index", index);
        item.set("Value", items.get(index));
        return item;
    }

    @Override
    public JsonNode run(Strand strand, int index) throws StateFailure {
        event(strand, "Started", index);
        try {
            Payload input = Payload.of(items.get(index));
            if (state.itemSelector() != null) {
                Environment environment = visit.environment(null, null, item(index));
                input = Payload.of(visit.evaluate(state.itemSelector(), environment));
            }
            if (input.isTooLarge()) {
                throw StateFailure.dataLimit(state.name());
            }
            JsonNode result = strand.run(state.processor(), input).json();
            event(strand, "Succeeded", index);
            return result;
        } catch (StateFailure e) {
            event(strand, "Failed", index);
            throw e;
        } catch (Aborted e) {
            event(strand, "Aborted", index);
            throw e;
        }
    }

    private void event(Strand strand, String what, int index) {
        ObjectNode details = Json.object().put("name", state.name()).put("index", index);
        strand.event("MapIteration" + what, "mapIteration" + what + "EventDetails", details);
    }

    @Override
    public @Nullable StateFailure judge(StateFailure failure, int failures) {
        if (toleratedCount <= 0 && toleratedPercentage <= 0) {
            return failure;
        }
        boolean tooMany = toleratedCount >= 0 && failures > toleratedCount;
        boolean tooLarge =
                toleratedPercentage >= 0 && failures * 100.0 / items.size() > toleratedPercentage;
        return tooMany || tooLarge
                ? new StateFailure(
                        ErrorNames.EXCEED_TOLERATED_FAILURE_THRESHOLD,
                        "The specified tolerated failure threshold was exceeded")
                : null;
    }
}
