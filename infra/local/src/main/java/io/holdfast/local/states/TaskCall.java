package io.holdfast.local.states;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.ErrorNames;
import io.holdfast.local.states.language.Json;
import io.holdfast.local.states.language.Resource;
import io.holdfast.local.states.language.State;

import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;

/** The call that a task makes, from its arguments to the service's answer. */
final class TaskCall {
    private static final Logger LOG = LoggerFactory.getLogger(TaskCall.class);

    private final StatesEngine engine;
    private final Resource resource;
    private volatile @Nullable Execution child;
    private volatile boolean abandoned;

    TaskCall(StatesEngine engine, State.Task task) {
        this.engine = engine;
        this.resource = task.resource();
    }

    /** Whether the task goes on after the call is answered. */
    boolean goesOn() {
        return resource.pattern() != Resource.Pattern.REQUEST_RESPONSE;
    }

    /** Makes the call and completes the answer, with a {@link StateFailure} if it fails. */
    void answer(JsonNode arguments, CompletableFuture<JsonNode> answer) {
        try {
            answer.complete(
                    switch (resource) {
                        case Resource.Function(String arn) ->
                                payload(
                                        arn,
                                        engine.integrations.invoke(
                                                FunctionCall.of(
                                                        arn,
                                                        null,
                                                        "RequestResponse",
                                                        null,
                                                        Json.write(arguments))),
                                        false);
                        case Resource.Integration(Resource.Service service, _) ->
                                switch (service) {
                                    case LAMBDA -> invoke(arguments);
                                    case SQS -> engine.integrations.sendMessage(message(arguments));
                                    case STATES -> startExecution(arguments);
                                };
                    });
        } catch (StateFailure e) {
            answer.completeExceptionally(e);
        } catch (InterruptedException e) {
            answer.completeExceptionally(new Aborted());
        } catch (RuntimeException | Error e) {
            LOG.error("A task's call failed", e);
            answer.completeExceptionally(
                    new StateFailure(ErrorNames.RUNTIME, "The engine failed: " + e));
        }
    }

    private JsonNode invoke(JsonNode arguments) throws StateFailure, InterruptedException {
        String name = required(arguments, "FunctionName");
        JsonNode payload = arguments.get("Payload");
        FunctionResponse response =
                engine.integrations.invoke(
                        FunctionCall.of(
                                name,
                                text(arguments, "Qualifier"),
                                arguments.path("InvocationType").asText("RequestResponse"),
                                text(arguments, "ClientContext"),
                                payload == null ? "{}" : Json.write(payload)));
        ObjectNode result = Json.object();
        result.put(
                "ExecutedVersion",
                response.headers().getOrDefault("x-amz-executed-version", "$LATEST"));
        result.set("Payload", payload(name, response, true));
        ObjectNode metadata = result.putObject("SdkHttpMetadata");
        ObjectNode all = metadata.putObject("AllHttpHeaders");
        ObjectNode single = metadata.putObject("HttpHeaders");
        for (Map.Entry<String, String> header : response.headers().entrySet()) {
            all.putArray(header.getKey()).add(header.getValue());
            single.put(header.getKey(), header.getValue());
        }
        metadata.put("HttpStatusCode", response.statusCode());
        result.putObject("SdkResponseMetadata")
                .put("RequestId", response.headers().getOrDefault("x-amzn-requestid", ""));
        result.put("StatusCode", response.statusCode());
        return result;
    }

    /**
     * The function's result.
     *
     * @throws StateFailure if the function failed, by its {@code errorType}; "unhandled errors in
     *     Lambda runtimes were historically reported only as Lambda.Unknown" (AWS, Error names)
     */
    private static JsonNode payload(String function, FunctionResponse response, boolean compact)
            throws StateFailure {
        String text = response.payload();
        JsonNode payload;
        try {
            payload = text.isEmpty() ? NullNode.getInstance() : Json.read(text);
        } catch (JsonProcessingException e) {
            throw new StateFailure(
                    "Lambda.Unknown", "The function " + function + " answered no JSON: " + text);
        }
        if (response.functionError() == null) {
            return payload;
        }
        JsonNode type = payload.path("errorType");
        if (!type.isTextual()) {
            throw new StateFailure(
                    "Lambda.Unknown",
                    "The cause could not be determined because Lambda did not return an error type."
                            + " Returned payload: "
                            + text);
        }
        throw new StateFailure(type.textValue(), compact ? Json.write(payload) : text);
    }

    private static ObjectNode message(JsonNode arguments) throws StateFailure {
        required(arguments, "QueueUrl");
        JsonNode body = arguments.get("MessageBody");
        if (body == null || !(arguments instanceof ObjectNode object)) {
            throw unusable("The field 'MessageBody' is required but was missing");
        }
        return body.isTextual() || body.isNull()
                ? object
                : object.deepCopy().put("MessageBody", Json.write(body));
    }

    private JsonNode startExecution(JsonNode arguments) throws StateFailure {
        String name = text(arguments, "Name");
        String machine = required(arguments, "StateMachineArn");
        JsonNode input = arguments.get("Input");
        // A string is the input's JSON text, as in the service's own API.
        String inputText =
                input == null ? "{}" : input.isTextual() ? input.textValue() : Json.write(input);
        Execution started;
        try {
            started =
                    engine.startExecution(
                            machine, name == null ? UUID.randomUUID().toString() : name, inputText);
        } catch (StatesException e) {
            throw new StateFailure(
                    "StepFunctions." + e.code() + "Exception",
                    "%s (Service: AWSStepFunctions; Status Code: 400; Error Code: %s)"
                            .formatted(e.getMessage(), e.code()));
        }
        child = started;
        if (abandoned && isSync()) {
            abandon();
        }
        return Json.object()
                .put("ExecutionArn", started.arn)
                .put("StartDate", started.started.toEpochMilli());
    }

    private static String required(JsonNode arguments, String field) throws StateFailure {
        String value = text(arguments, field);
        if (value == null) {
            throw unusable("The field '" + field + "' is required but was missing");
        }
        return value;
    }

    private static @Nullable String text(JsonNode arguments, String field) throws StateFailure {
        JsonNode value = arguments.get(field);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isTextual()) {
            throw unusable("The value for the field '" + field + "' must be a STRING");
        }
        return value.textValue();
    }

    /** What the arguments are found to be only when an expression has made them. */
    private static StateFailure unusable(String why) {
        return new StateFailure(
                ErrorNames.RUNTIME,
                "The Arguments could not be used to start the Task: [" + why + "]");
    }

    private boolean isSync() {
        return resource.pattern() == Resource.Pattern.SYNC
                || resource.pattern() == Resource.Pattern.SYNC_2;
    }

    /** The outcome of the execution that was started, or absent if a token tells the outcome. */
    @Nullable CompletableFuture<JsonNode> outcome() {
        Execution started = child;
        if (!isSync() || started == null) {
            return null;
        }
        boolean json = resource.pattern() == Resource.Pattern.SYNC_2;
        return started.closed.thenCompose(
                end ->
                        end.status() == Execution.Status.SUCCEEDED
                                ? CompletableFuture.completedFuture(description(started, end, json))
                                : CompletableFuture.failedFuture(
                                        new StateFailure(
                                                ErrorNames.TASK_FAILED,
                                                Json.write(description(started, end, false)))));
    }

    private static ObjectNode description(Execution execution, Execution.End end, boolean json) {
        ObjectNode about = Json.object();
        if (end.cause() != null) {
            about.put("Cause", end.cause());
        }
        if (end.error() != null) {
            about.put("Error", end.error());
        }
        about.put("ExecutionArn", execution.arn);
        put(about, "Input", execution.input.text(), json);
        about.putObject("InputDetails").put("Included", true);
        about.put("Name", execution.name);
        if (end.output() != null) {
            put(about, "Output", end.output(), json);
            about.putObject("OutputDetails").put("Included", true);
        }
        about.put("StartDate", execution.started.toEpochMilli());
        about.put("StateMachineArn", execution.machine.arn());
        about.put("Status", end.status().name());
        about.put("StopDate", end.time().toEpochMilli());
        return about;
    }

    private static void put(ObjectNode object, String field, String text, boolean json) {
        try {
            if (json) {
                object.set(field, Json.read(text));
            } else {
                object.put(field, text);
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a payload was JSON when it was accepted", e);
        }
    }

    /** Nobody waits for the outcome any more: an execution that was waited for is stopped. */
    void abandon() {
        abandoned = true;
        Execution started = child;
        if (started != null && isSync()) {
            started.stop(null, null);
        }
    }
}
