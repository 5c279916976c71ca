package io.holdfast.local.states;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.ErrorNames;
import io.holdfast.local.states.language.Json;
import io.holdfast.local.states.language.Resource;

import org.jspecify.annotations.Nullable;

/** Writes a task's events: {@code LambdaFunction*} for a function's ARN, else {@code Task*}. */
final class TaskEvents {
    private final Visit visit;
    private final Resource resource;

    TaskEvents(Visit visit, Resource resource) {
        this.visit = visit;
        this.resource = resource;
    }

    /** What a message calls the task. */
    String name() {
        return switch (resource) {
            case Resource.Function(String arn) -> arn;
            case Resource.Integration(Resource.Service service, _) -> service.service();
        };
    }

    void scheduled(Payload arguments, @Nullable Integer timeout, @Nullable Integer heartbeat) {
        ObjectNode details = details();
        switch (resource) {
            case Resource.Function(String arn) -> {
                details.put("resource", arn).put("input", arguments.text());
                details.set("inputDetails", Json.object().put("truncated", false));
            }
            case Resource.Integration _ ->
                    details.put("region", visit.settings().region())
                            .put("parameters", arguments.text());
        }
        if (timeout != null) {
            details.put("timeoutInSeconds", timeout);
        }
        if (heartbeat != null && resource instanceof Resource.Integration) {
            details.put("heartbeatInSeconds", heartbeat);
        }
        add("Scheduled", details);
    }

    void started() {
        if (resource instanceof Resource.Function) {
            visit.event("LambdaFunctionStarted", null, Json.object());
        } else {
            add("Started", details());
        }
    }

    void submitted(JsonNode answer) {
        add("Submitted", withOutput(Json.write(answer)));
    }

    void succeeded(Payload result) {
        add("Succeeded", withOutput(result.text()));
    }

    void failed(StateFailure failure) {
        ObjectNode details = details();
        if (failure.reportedError() != null) {
            details.put("error", failure.reportedError());
        }
        if (failure.reason() != null) {
            details.put("cause", failure.reason());
        }
        boolean timedOut = ErrorNames.TIMEOUT.equals(failure.reportedError());
        add(timedOut ? "TimedOut" : "Failed", details);
    }

    private ObjectNode withOutput(String output) {
        ObjectNode details = details().put("output", output);
        details.set("outputDetails", Json.object().put("truncated", false));
        return details;
    }

    private ObjectNode details() {
        ObjectNode details = Json.object();
        if (resource
                instanceof Resource.Integration(Resource.Service service, Resource.Pattern p)) {
            details.put("resourceType", service.service()).put("resource", service.action(p));
        }
        return details;
    }

    private void add(String what, ObjectNode details) {
        boolean function = resource instanceof Resource.Function;
        visit.event(
                (function ? "LambdaFunction" : "Task") + what,
                (function ? "lambdaFunction" : "task") + what + "EventDetails",
                details);
    }
}
