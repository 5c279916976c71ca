package io.holdfast.chunk;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;

import io.holdfast.chunk.MessagePart.Approval;
import io.holdfast.chunk.MessagePart.Tool;
import io.holdfast.chunk.MessagePart.ToolState;
import io.holdfast.platform.Json;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.List;

/** Parts of tools in every state that a writer of ours can make. */
public final class ToolPartCases {
    /** All of them, static and dynamic. */
    public static final List<Tool> ALL = all();

    private static final String ERROR = "It broke.";

    private ToolPartCases() {}

    private static List<Tool> all() {
        List<Tool> tools = new ArrayList<>();
        for (boolean dynamic : new boolean[] {false, true}) {
            tools.add(streaming(dynamic, null));
            tools.add(streaming(dynamic, "{\"eu"));
            for (JsonNode input : inputs()) {
                tools.add(tool(dynamic, ToolState.INPUT_AVAILABLE, input, null, null));
                for (Approval open : approvals(null)) {
                    tools.add(tool(dynamic, ToolState.APPROVAL_REQUESTED, input, null, open));
                }
                List<@Nullable Approval> none = new ArrayList<>(approvals(true));
                none.add(null);
                for (Approval approval : none) {
                    for (JsonNode output : outputs()) {
                        tools.add(brought(dynamic, input, output, false, approval));
                        tools.add(brought(dynamic, input, output, true, approval));
                    }
                    tools.add(tool(dynamic, ToolState.OUTPUT_ERROR, input, ERROR, approval));
                }
                List<Approval> answers = new ArrayList<>(approvals(true));
                answers.addAll(approvals(false));
                for (Approval answer : answers) {
                    tools.add(tool(dynamic, ToolState.APPROVAL_RESPONDED, input, null, answer));
                }
                for (Approval denial : approvals(false)) {
                    tools.add(tool(dynamic, ToolState.OUTPUT_DENIED, input, null, denial));
                }
            }
            tools.add(tool(dynamic, ToolState.OUTPUT_ERROR, null, ERROR, null));
        }
        return List.copyOf(tools);
    }

    private static List<JsonNode> inputs() {
        return List.of(Json.object().put("euros", 5), Json.object(), NullNode.getInstance());
    }

    private static List<JsonNode> outputs() {
        return List.of(Json.object().put("paid", 1), NullNode.getInstance());
    }

    private static List<Approval> approvals(@Nullable Boolean approved) {
        List<Approval> approvals = new ArrayList<>();
        approvals.add(new Approval("ap-1", approved, null, null));
        approvals.add(new Approval("ap-1", approved, null, "It costs."));
        if (approved != null) {
            approvals.add(new Approval("ap-1", approved, approved ? "Go on." : "No.", null));
        }
        return approvals;
    }

    private static Tool streaming(boolean dynamic, @Nullable String text) {
        return new Tool(
                "call-1",
                "pay",
                dynamic,
                ToolState.INPUT_STREAMING,
                null,
                text,
                null,
                false,
                null,
                null);
    }

    private static Tool tool(
            boolean dynamic,
            ToolState state,
            @Nullable JsonNode input,
            @Nullable String errorText,
            @Nullable Approval approval) {
        return new Tool(
                "call-1", "pay", dynamic, state, input, null, null, false, errorText, approval);
    }

    private static Tool brought(
            boolean dynamic,
            JsonNode input,
            JsonNode output,
            boolean preliminary,
            @Nullable Approval approval) {
        return new Tool(
                "call-1",
                "pay",
                dynamic,
                ToolState.OUTPUT_AVAILABLE,
                input,
                null,
                output,
                preliminary,
                null,
                approval);
    }
}
