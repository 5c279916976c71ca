package io.holdfast.turn;

import com.fasterxml.jackson.databind.node.ArrayNode;

import io.holdfast.chunk.UiMessage;
import io.holdfast.chunk.UiMessageJson;
import io.holdfast.platform.Hashes;
import io.holdfast.platform.Json;
import io.holdfast.platform.OperationId;
import io.holdfast.platform.RequestId;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;

import org.jspecify.annotations.Nullable;

/**
 * Turn ids that follow from what started the turn: the same input again is the same turn.
 *
 * <p>That is the whole idempotency of {@code send}: the record refuses a second turn of an id, and
 * Step Functions refuses a second execution of a name.
 */
final class TurnIds {
    private TurnIds() {}

    /** The turn of a new message: one for each message id of a session. */
    static TurnId ofMessage(SessionId session, UiMessage message) {
        return id(session + "\nmessage\n" + message.id());
    }

    /** The turn of an edit or a regeneration: the message id is old, so the request's id counts. */
    static TurnId ofRequest(SessionId session, RequestId request) {
        return id(session + "\nrequest\n" + request);
    }

    /** The turn that goes on from what an operation brought: one for each. */
    static TurnId ofOperation(SessionId session, OperationId operation) {
        return id(session + "\noperation\n" + operation);
    }

    /** What the user said, as a hash. */
    static String inputHash(@Nullable UiMessage message) {
        if (message == null) {
            return "none";
        }
        ArrayNode parts = Json.MAPPER.createArrayNode();
        UiMessageJson.write(message).withArray("parts").forEach(parts::add);
        return Hashes.sha256(parts.toString());
    }

    private static TurnId id(String source) {
        return new TurnId("turn_" + Hashes.sha256(source).substring(0, 32));
    }
}
