package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.SessionId;
import io.holdfast.platform.TurnId;
import io.holdfast.platform.UserId;

import java.time.Instant;

/**
 * One call of a tool.
 *
 * @param id the model's name for it, unique in the turn
 * @param idempotencyKey the same whenever this call is run again
 * @param input valid by the tool's schema
 */
public record ToolCall(
        String id,
        String idempotencyKey,
        TurnId turn,
        SessionId session,
        UserId user,
        ObjectNode input,
        Instant deadline) {}
