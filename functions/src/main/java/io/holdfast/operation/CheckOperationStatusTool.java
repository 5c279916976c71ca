package io.holdfast.operation;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.RecordTable;
import io.holdfast.session.SessionStore.Access;
import io.holdfast.tool.BuiltinTool;
import io.holdfast.tool.Progress;
import io.holdfast.tool.Services;
import io.holdfast.tool.ToolCall;
import io.holdfast.tool.ToolResult;
import io.holdfast.turn.CallResults;
import io.holdfast.turn.TurnStore;

import java.util.Optional;

/**
 * Tells how long-running work is: of one operation, with its result when that is there, or of those
 * that this conversation has begun last.
 */
public final class CheckOperationStatusTool implements BuiltinTool {
    private static final int MOST = 10;

    @Override
    public String name() {
        return "check_operation_status";
    }

    @Override
    public String description() {
        return "Tells how far long-running work is that a tool has begun: the operation of an id,"
                + " or, without one, the latest of this conversation.";
    }

    @Override
    public ObjectNode input() {
        ObjectNode schema = Json.object().put("type", "object").put("additionalProperties", false);
        schema.putObject("properties")
                .putObject("operation_id")
                .put("type", "string")
                .put("description", "as the tool that began it has told it");
        return schema;
    }

    @Override
    public ToolResult run(
            ToolCall call, ObjectNode settings, Services services, Progress progress) {
        RecordTable record = services.record();
        TurnStore turns = TurnStore.toRead(record);
        OperationReader reader =
                new OperationReader(new OperationStore(record), turns, services.sessions());
        String id = call.input().path("operation_id").asText("");
        if (id.isEmpty()) {
            return new ToolResult.Success(latest(call, services, reader));
        }
        Optional<Operation> found =
                OperationId.isValid(id)
                        ? reader.find(new OperationId(id), call.user())
                        : Optional.empty();
        return found.<ToolResult>map(
                        operation -> new ToolResult.Success(view(operation, record, reader)))
                .orElseGet(() -> new ToolResult.Failure("There is no operation of this id."));
    }

    private static ObjectNode latest(ToolCall call, Services services, OperationReader reader) {
        ObjectNode answer = Json.object();
        ArrayNode operations = answer.putArray("operations");
        // It is this conversation that the call is made in; but whose it is shows here alone.
        if (services.sessions().find(call.session(), call.user(), services.clock().instant())
                instanceof Access.Granted granted) {
            operations.addAll(reader.list(granted.session().id(), MOST, null).items());
        }
        return answer;
    }

    private static ObjectNode view(
            Operation operation, RecordTable record, OperationReader reader) {
        ObjectNode view = reader.view(operation);
        if (operation.outcome() instanceof Operation.Outcome.Completed) {
            new CallResults(record)
                    .of(operation.turn(), operation.call())
                    .ifPresent(result -> view.set("result", result));
        }
        return view;
    }
}
