package io.holdfast.local.bedrock;

import io.holdfast.local.bedrock.ConverseRequest.Message;
import io.holdfast.local.bedrock.ConverseRequest.ToolResult;
import io.holdfast.local.bedrock.ConverseRequest.ToolUse;

import java.util.ArrayList;
import java.util.List;

/** What the scripted model says of the results of its tool calls. */
final class ToolReport {
    private ToolReport() {}

    /** A line for each call, in the calls' order. */
    static String of(Message calls, Message results) {
        List<String> lines = new ArrayList<>();
        for (ToolUse call : calls.blocks(ToolUse.class)) {
            for (ToolResult result : results.blocks(ToolResult.class)) {
                if (result.toolUseId().equals(call.toolUseId())) {
                    String verb = result.failed() ? " failed: " : " said: ";
                    lines.add(call.name() + verb + String.join(" ", result.content()));
                }
            }
        }
        return String.join("\n", lines);
    }
}
