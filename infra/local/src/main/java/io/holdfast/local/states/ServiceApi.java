package io.holdfast.local.states;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.Definition;
import io.holdfast.local.states.language.Json;
import io.holdfast.local.states.language.Problem;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.function.Function;

/**
 * The service's operations, from JSON to JSON.
 *
 * @see <a href="https://docs.aws.amazon.com/step-functions/latest/apireference/Welcome.html">API
 *     Reference</a>
 */
final class ServiceApi {
    private static final Set<String> STATUSES =
            new TreeSet<>(
                    Set.of(
                            "RUNNING",
                            "SUCCEEDED",
                            "FAILED",
                            "TIMED_OUT",
                            "ABORTED",
                            "PENDING_REDRIVE"));

    private final StatesEngine engine;

    ServiceApi(StatesEngine engine) {
        this.engine = engine;
    }

    ObjectNode call(String operation, ServiceRequest request) {
        return switch (operation) {
            case "CreateStateMachine" -> createStateMachine(request);
            case "UpdateStateMachine" -> updateStateMachine(request);
            case "DeleteStateMachine" -> {
                engine.deleteStateMachine(request.arn("stateMachineArn", "stateMachine"));
                yield Json.object();
            }
            case "DescribeStateMachine" ->
                    describe(engine.machine(request.arn("stateMachineArn", "stateMachine")));
            case "ListStateMachines" -> listStateMachines(request);
            case "ValidateStateMachineDefinition" -> validate(request);
            case "StartExecution" -> startExecution(request);
            case "StopExecution" -> stopExecution(request);
            case "DescribeExecution" ->
                    describe(engine.execution(request.arn("executionArn", "execution")));
            case "DescribeStateMachineForExecution" -> describeStateMachineForExecution(request);
            case "ListExecutions" -> listExecutions(request);
            case "GetExecutionHistory" -> history(request);
            case "SendTaskSuccess", "SendTaskFailure", "SendTaskHeartbeat" ->
                    sendTask(operation, request);
            default ->
                    throw new StatesException(
                            "UnknownOperationException", "Unknown operation: " + operation);
        };
    }

    private ObjectNode createStateMachine(ServiceRequest request) {
        if ("EXPRESS".equals(request.option("type", Set.of("STANDARD", "EXPRESS")))) {
            throw new StatesException(
                    "StateMachineTypeNotSupported", "Express workflows are not supported here");
        }
        StateMachine machine =
                engine.createStateMachine(
                        request.text("name"), request.text("definition"), request.text("roleArn"));
        return Json.object()
                .put("stateMachineArn", machine.arn())
                .put("creationDate", seconds(machine.created()));
    }

    private ObjectNode updateStateMachine(ServiceRequest request) {
        String definition = request.optionalText("definition");
        String roleArn = request.optionalText("roleArn");
        if (definition == null
                && roleArn == null
                && !request.body().has("loggingConfiguration")
                && !request.body().has("tracingConfiguration")) {
            throw new StatesException(
                    "MissingRequiredParameter",
                    "Either the definition, the role ARN, the LoggingConfiguration, or the"
                            + " TracingConfiguration must be specified");
        }
        StateMachine machine =
                engine.updateStateMachine(
                        request.arn("stateMachineArn", "stateMachine"), definition, roleArn);
        return Json.object()
                .put("updateDate", seconds(machine.updated()))
                .put("revisionId", machine.revision());
    }

    private static ObjectNode describe(StateMachine machine) {
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

    private ObjectNode listStateMachines(ServiceRequest request) {
        return page(
                request,
                "stateMachines",
                List.copyOf(engine.machines()),
                machine ->
                        Json.object()
                                .put("stateMachineArn", machine.arn())
                                .put("name", machine.name())
                                .put("type", "STANDARD")
                                .put("creationDate", seconds(machine.created())));
    }

    private static ObjectNode validate(ServiceRequest request) {
        List<Problem> problems = Definition.problems(request.text("definition"));
        ObjectNode answer = Json.object().put("result", problems.isEmpty() ? "OK" : "FAIL");
        ArrayNode diagnostics = answer.putArray("diagnostics");
        int most = request.pageSize();
        for (Problem problem : problems.subList(0, Math.min(most, problems.size()))) {
            diagnostics
                    .addObject()
                    .put("severity", "ERROR")
                    .put("code", problem.code())
                    .put("message", problem.message())
                    .put("location", problem.location());
        }
        return answer.put("truncated", problems.size() > most);
    }

    private ObjectNode startExecution(ServiceRequest request) {
        String name = request.optionalText("name");
        String input = request.optionalText("input");
        Execution execution =
                engine.startExecution(
                        request.arn("stateMachineArn", "stateMachine"),
                        name == null ? UUID.randomUUID().toString() : name,
                        input == null ? "{}" : input);
        return Json.object()
                .put("executionArn", execution.arn)
                .put("startDate", seconds(execution.started));
    }

    private ObjectNode stopExecution(ServiceRequest request) {
        Execution execution = engine.execution(request.arn("executionArn", "execution"));
        execution.stop(request.optionalText("error"), request.optionalText("cause"));
        return Json.object().put("stopDate", seconds(execution.closed.join().time()));
    }

    private static ObjectNode describe(Execution execution) {
        ObjectNode about = summary(execution).put("input", execution.input.text());
        about.putObject("inputDetails").put("included", true);
        about.put("redriveStatus", "NOT_REDRIVABLE");
        Execution.End end = execution.end();
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

    private static ObjectNode summary(Execution execution) {
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

    private ObjectNode describeStateMachineForExecution(ServiceRequest request) {
        StateMachine machine = engine.execution(request.arn("executionArn", "execution")).machine;
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

    private ObjectNode listExecutions(ServiceRequest request) {
        String arn = request.arn("stateMachineArn", "stateMachine");
        String status = request.option("statusFilter", STATUSES);
        engine.machine(arn);
        List<Execution> matching =
                engine.executions(arn).stream()
                        .filter(e -> status == null || e.status().name().equals(status))
                        .toList();
        return page(request, "executions", matching, ServiceApi::summary);
    }

    private ObjectNode history(ServiceRequest request) {
        List<HistoryEvent> events =
                engine.execution(request.arn("executionArn", "execution")).events();
        return page(
                request,
                "events",
                request.flag("reverseOrder") ? events.reversed() : events,
                ServiceApi::event);
    }

    private static ObjectNode event(HistoryEvent event) {
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

    private ObjectNode sendTask(String operation, ServiceRequest request) {
        String token = request.text("taskToken");
        Payload output =
                operation.equals("SendTaskSuccess") ? output(request.text("output")) : null;
        TaskRun task = engine.tokens.find(token);
        if (task == null) {
            throw unknown(token);
        }
        boolean accepted =
                switch (operation) {
                    case "SendTaskHeartbeat" -> task.beat();
                    case "SendTaskFailure" ->
                            task.fail(
                                    new StateFailure(
                                            request.optionalText("error"),
                                            request.optionalText("cause")));
                    default -> output != null && task.succeed(output.json());
                };
        if (!accepted) {
            throw timedOut();
        }
        return Json.object();
    }

    private static Payload output(String text) {
        if (Payload.isTooLarge(text)) {
            throw StatesException.validation(
                    "1 validation error detected: Value at 'output' failed to satisfy constraint:"
                            + " Member must have length less than or equal to "
                            + Payload.MAX_BYTES);
        }
        try {
            return Payload.read(text);
        } catch (JsonProcessingException e) {
            throw new StatesException(
                    "InvalidOutput", "Invalid Output: '" + e.getOriginalMessage() + "'");
        }
    }

    private StatesException unknown(String token) {
        String arn = TaskTokens.executionArn(token);
        if (arn == null) {
            return new StatesException("InvalidToken", "Invalid Token: 'Invalid token'");
        }
        return engine.isKnown(arn)
                ? timedOut()
                : new StatesException("TaskDoesNotExist", "Task does not exist");
    }

    private static StatesException timedOut() {
        return new StatesException(
                "TaskTimedOut", "Task Timed Out: 'Provided task does not exist anymore'");
    }

    private static <T> ObjectNode page(
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

    private static double seconds(Instant time) {
        return time.toEpochMilli() / 1000.0;
    }
}
