package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.holdfast.platform.RecordTable;
import io.holdfast.platform.TurnId;

import java.util.Optional;

/** What outside services have made of calls, without secrets and small enough for a model. */
public final class CallResults {
    private final CallStore calls;

    /** The results in this table. */
    public CallResults(RecordTable table) {
        this(new CallStore(table));
    }

    CallResults(CallStore calls) {
        this.calls = calls;
    }

    /** What came of a call, a failure as its words; empty if that is nothing yet. */
    public Optional<JsonNode> of(TurnId turn, CallId id) {
        return calls.find(turn, id).filter(Call::hasEndedOutside).map(call -> shown(turn, call));
    }

    private JsonNode shown(TurnId turn, Call call) {
        return switch (calls.result(turn, call)) {
            case CallResult.Success(JsonNode output) ->
                    Shown.output(output, turn, call.toolCallId());
            case CallResult.Failure(String message) -> TextNode.valueOf(Shown.words(message));
            case CallResult.Denied(String reason) -> TextNode.valueOf(reason);
        };
    }
}
