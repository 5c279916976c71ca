package io.holdfast.local.states;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.Json;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.function.Function;

/** Writes what the operations answer. Times are seconds with milliseconds as a fraction. */
final class Answers {
    private Answers() {}

    static ObjectNode describe(StateMachine machine) {
        ObjectNode about =
                Json.object()
                        .put("stateMachineArn", machine.arn())
                        .put("name", machine.name())
                        .put("status", "ACTIVE")
                        .put("definition", machine.text())
                        .put("roleArn", machine.roleArn())
                        .put("type", "STANDARD")
                        .put("creationDate", seconds(machine.created()));
        if (machine.revision() != null) {
            about.put("revisionId", machine.revision());
        }
        addConfiguration(about);
        return about;
    }

    private static void addConfiguration(ObjectNode about) {
        about.putObject("loggingConfiguration")
                .put("level", "OFF")
                .put("includeExecutionData", false);
        about.putObject("tracingConfiguration").put("enabled", false);
    }

    /** The revision that an execution runs. */
    static ObjectNode describeRevision(StateMachine machine) {
        ObjectNode about =
                Json.object()
                        .put("stateMachineArn", machine.arn())
                        .put("name", machine.name())
                        .put("definition", machine.text())
                        .put("roleArn", machine.roleArn())
                        .put("updateDate", seconds(machine.updated()));
        if (machine.revision() != null) {
            about.put("revisionId", machine.revision());
        }
        addConfiguration(about);
        return about;
    }

    static ObjectNode describe(Execution execution) {
        ObjectNode about = summary(execution).put("input", execution.input.text());
        about.putObject("inputDetails").put("included", true);
        Execution.End end = execution.end();
        // AWS could redrive one that failed; this engine cannot.
        about.put("redriveStatus", "NOT_REDRIVABLE")
                .put(
                        "redriveStatusReason",
                        "Execution is %s and cannot be redriven"
                                .formatted(about.get("status").textValue()));
        if (end != null) {
            if (end.output() != null) {
                about.put("output", end.output());
                about.putObject("outputDetails").put("included", true);
            }
            if (end.error() != null) {
                about.put("error", end.error());
            }
            if (end.cause() != null) {
                about.put("cause", end.cause());
            }
        }
        return about;
    }

    static ObjectNode summary(Execution execution) {
        Execution.End end = execution.end();
        Execution.Status status = end == null ? Execution.Status.RUNNING : end.status();
        ObjectNode about =
                Json.object()
                        .put("executionArn", execution.arn)
                        .put("stateMachineArn", execution.machine.arn())
                        .put("name", execution.name)
                        .put("status", status.name())
                        .put("startDate", seconds(execution.started))
                        .put("redriveCount", 0);
        if (end != null) {
            about.put("stopDate", seconds(end.time()));
        }
        return about;
    }

    static ObjectNode event(HistoryEvent event) {
        ObjectNode node =
                Json.object()
                        .put("timestamp", seconds(event.time()))
                        .put("type", event.type())
                        .put("id", event.id())
                        .put("previousEventId", event.previousId());
        if (event.detailsName() != null) {
            node.set(event.detailsName(), event.details());
        }
        return node;
    }

    /** A page of results, which the token of the one before it may ask for. */
    static <T> ObjectNode page(
            ServiceRequest request, String field, List<T> all, Function<T, ObjectNode> write) {
        int from = position(request.optionalText("nextToken"));
        int to = (int) Math.min(all.size(), (long) from + request.pageSize());
        ObjectNode answer = Json.object();
        ArrayNode items = answer.putArray(field);
        for (int i = from; i < to; i++) {
            items.add(write.apply(all.get(i)));
        }
        if (to < all.size()) {
            answer.put(
                    "nextToken",
                    Base64.getUrlEncoder()
                            .encodeToString(("at " + to).getBytes(StandardCharsets.UTF_8)));
        }
        return answer;
    }

    private static int position(@Nullable String token) {
        if (token == null) {
            return 0;
        }
        try {
            String text = new String(Base64.getUrlDecoder().decode(token), StandardCharsets.UTF_8);
            if (text.startsWith("at ")) {
                return Integer.parseUnsignedInt(text.substring(3));
            }
        } catch (IllegalArgumentException e) {
            // Not one of ours; refused below.
        }
        throw new StatesException("InvalidToken", "Invalid Token: 'Invalid token'");
    }

    static double seconds(Instant time) {
        return time.toEpochMilli() / 1000.0;
    }
}
