package io.holdfast.local.states;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.Definition;
import io.holdfast.local.states.language.Json;
import io.holdfast.local.states.language.Problem;

import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;

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

    // The lengths of the service's model (API_CreateStateMachine, API_SendTaskFailure, …).
    private static final int MAX_DEFINITION = 1_048_576;
    private static final int MAX_TOKEN = 2_048;
    private static final int MAX_ERROR = 256;
    private static final int MAX_CAUSE = 32_768;

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
                    Answers.describe(
                            engine.machine(request.arn("stateMachineArn", "stateMachine")));
            case "ListStateMachines" -> listStateMachines(request);
            case "ValidateStateMachineDefinition" -> validate(request);
            case "StartExecution" -> startExecution(request);
            case "StopExecution" -> stopExecution(request);
            case "DescribeExecution" ->
                    Answers.describe(engine.execution(request.arn("executionArn", "execution")));
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
                        request.text("name"),
                        request.text("definition", 1, MAX_DEFINITION),
                        role(request.text("roleArn")));
        return Json.object()
                .put("stateMachineArn", machine.arn())
                .put("creationDate", Answers.seconds(machine.created()));
    }

    private static String role(String arn) {
        if (!arn.startsWith("arn:")) {
            throw new StatesException(
                    "InvalidArn", "Invalid Role Arn: 'Invalid ARN prefix: " + arn + "'");
        }
        return arn;
    }

    private ObjectNode updateStateMachine(ServiceRequest request) {
        String definition = request.optionalText("definition", MAX_DEFINITION);
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
                        request.arn("stateMachineArn", "stateMachine"),
                        definition,
                        roleArn == null ? null : role(roleArn));
        return Json.object()
                .put("updateDate", Answers.seconds(machine.updated()))
                .put("revisionId", machine.revision());
    }

    private ObjectNode listStateMachines(ServiceRequest request) {
        return Answers.page(
                request,
                "stateMachines",
                List.copyOf(engine.machines()),
                machine ->
                        Json.object()
                                .put("stateMachineArn", machine.arn())
                                .put("name", machine.name())
                                .put("type", "STANDARD")
                                .put("creationDate", Answers.seconds(machine.created())));
    }

    private static ObjectNode validate(ServiceRequest request) {
        List<Problem> problems = Definition.problems(request.text("definition", 0, MAX_DEFINITION));
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
                .put("startDate", Answers.seconds(execution.started));
    }

    private ObjectNode stopExecution(ServiceRequest request) {
        Execution execution = engine.execution(request.arn("executionArn", "execution"));
        execution.stop(
                request.optionalText("error", MAX_ERROR), request.optionalText("cause", MAX_CAUSE));
        return Json.object().put("stopDate", Answers.seconds(execution.closed.join().time()));
    }

    private ObjectNode describeStateMachineForExecution(ServiceRequest request) {
        return Answers.describeRevision(
                engine.execution(request.arn("executionArn", "execution")).machine);
    }

    private ObjectNode listExecutions(ServiceRequest request) {
        String arn = request.arn("stateMachineArn", "stateMachine");
        String status = request.option("statusFilter", STATUSES);
        engine.machine(arn);
        List<Execution> matching =
                engine.executions(arn).stream()
                        .filter(e -> status == null || e.status().name().equals(status))
                        .toList();
        return Answers.page(request, "executions", matching, Answers::summary);
    }

    private ObjectNode history(ServiceRequest request) {
        List<HistoryEvent> events =
                engine.execution(request.arn("executionArn", "execution")).events();
        return Answers.page(
                request,
                "events",
                request.flag("reverseOrder") ? events.reversed() : events,
                Answers::event);
    }

    private ObjectNode sendTask(String operation, ServiceRequest request) {
        String token = request.text("taskToken", 1, MAX_TOKEN);
        String error = request.optionalText("error", MAX_ERROR);
        String cause = request.optionalText("cause", MAX_CAUSE);
        Payload output =
                operation.equals("SendTaskSuccess") ? output(request.text("output")) : null;
        TaskRun task = engine.tokens.find(token);
        if (task == null) {
            throw unknown(token);
        }
        boolean accepted =
                switch (operation) {
                    case "SendTaskHeartbeat" -> task.beat();
                    case "SendTaskFailure" -> task.fail(new StateFailure(error, cause));
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
}
