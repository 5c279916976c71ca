package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;
import io.holdfast.platform.Redaction;
import io.holdfast.platform.TurnId;

import java.util.Optional;

/** Calls of tools as a reader may see them: in full, without secrets. */
public final class CallViews {
    private final CallStore calls;

    CallViews(CallStore calls) {
        this.calls = calls;
    }

    /**
     * A call: {@code {toolCallId, toolName, input, output?, errorText?}}, at most some 2 MB; empty
     * if the turn has none of that id. The caller checks whose the turn is.
     */
    public Optional<ObjectNode> find(TurnId turn, String toolCallId) {
        return calls.all(turn).stream()
                .filter(call -> call.toolCallId().equals(toolCallId))
                .findFirst()
                .map(call -> view(turn, call));
    }

    private ObjectNode view(TurnId turn, Call call) {
        ObjectNode view =
                Json.object().put("toolCallId", call.toolCallId()).put("toolName", call.tool());
        view.set("input", Redaction.of(call.input()));
        if (call.ended() != null) {
            switch (calls.result(turn, call)) {
                case CallResult.Success(JsonNode output) ->
                        view.set("output", Redaction.of(output));
                case CallResult.Failure(String message) ->
                        view.put("errorText", Redaction.ofText(message));
                case CallResult.Denied(String reason) ->
                        view.put("errorText", "The call was not allowed. " + reason);
            }
        }
        return view;
    }
}
