package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

/** For rehearsals: pretends to do what nobody wants done twice, and answers a receipt. */
public final class RehearsalTransfer implements BuiltinTool {

    @Override
    public String name() {
        return "rehearsal_transfer";
    }

    @Override
    public String description() {
        return "Pretends to transfer an amount to somebody.";
    }

    @Override
    public ObjectNode input() {
        return new InputSchema()
                .field("to", "string", "who gets it")
                .field("amount", "number", "how much")
                .requires("to", "amount");
    }

    @Override
    public ToolResult run(
            ToolCall call, ObjectNode settings, Services services, Progress progress) {
        ObjectNode receipt = Json.object().put("transferred", true);
        receipt.set("to", call.input().path("to"));
        receipt.set("amount", call.input().path("amount"));
        return new ToolResult.Success(receipt.put("key", call.idempotencyKey()));
    }
}
