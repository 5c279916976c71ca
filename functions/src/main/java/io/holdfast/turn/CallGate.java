package io.holdfast.turn;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Assistant;
import io.holdfast.platform.Json;
import io.holdfast.platform.TurnId;
import io.holdfast.stream.Fence;
import io.holdfast.tool.Input;
import io.holdfast.tool.Tool;
import io.holdfast.tool.ToolSpec;
import io.holdfast.tool.Toolbox;
import io.holdfast.tool.Verdict;

import org.jspecify.annotations.Nullable;

import java.util.Optional;
import java.util.Set;

/** Decides what becomes of the calls that a model asks for in one attempt at a step. */
final class CallGate {
    /** More calls at once are a model that has lost its way; a Map of Step Functions runs 40. */
    static final int MAX_CALLS = 32;

    /** An item of the record holds 400 KB. */
    static final int MAX_INPUT_CHARACTERS = 100_000;

    private final Toolbox toolbox;
    private final Assistant assistant;
    private final Set<String> roles;
    private final TurnId turn;
    private final Fence fence;

    CallGate(Toolbox toolbox, Assistant assistant, Set<String> roles, TurnId turn, Fence fence) {
        this.toolbox = toolbox;
        this.assistant = assistant;
        this.roles = roles;
        this.turn = turn;
        this.fence = fence;
    }

    /** Whether a frontend cannot know this tool when it is built. */
    boolean isDynamic(String tool) {
        return toolbox.find(assistant, tool).map(found -> found.spec().dynamic()).orElse(false);
    }

    /**
     * Decides about a call.
     *
     * @param index its place in the step
     * @param text the input as the model wrote it; empty means no arguments
     */
    NewCall decide(int index, String toolCallId, String tool, String text) {
        Optional<ToolSpec> spec = toolbox.find(assistant, tool).map(Tool::spec);
        CallId id = new CallId(fence.step(), index);
        boolean dynamic = spec.map(ToolSpec::dynamic).orElse(false);
        if (index >= MAX_CALLS) {
            return refused(
                    id,
                    toolCallId,
                    tool,
                    dynamic,
                    null,
                    "Too many calls at once: at most %d.".formatted(MAX_CALLS));
        }
        if (text.length() > MAX_INPUT_CHARACTERS) {
            return refused(id, toolCallId, tool, dynamic, null, "The input is too long.");
        }
        JsonNode input;
        try {
            input = text.isBlank() ? Json.object() : Json.read(text);
        } catch (JsonProcessingException e) {
            return refused(id, toolCallId, tool, dynamic, null, "The input is not valid JSON.");
        }
        if (spec.isEmpty()) {
            return refused(id, toolCallId, tool, dynamic, input, "There is no such tool.");
        }
        return switch (toolbox.check(spec.get(), input)) {
            case Input.Invalid(String message) ->
                    refused(id, toolCallId, tool, dynamic, input, message);
            case Input.Valid(ObjectNode valid) ->
                    new NewCall(
                            id,
                            toolCallId,
                            tool,
                            dynamic,
                            valid,
                            spec.get().operation(),
                            gate(spec.get(), id, toolCallId, valid));
        };
    }

    private NewCall.Gate gate(ToolSpec spec, CallId id, String toolCallId, ObjectNode input) {
        return switch (toolbox.verdict(assistant, roles, spec)) {
            case Verdict.Run() -> new NewCall.Gate.Open();
            case Verdict.Deny(String reason) -> new NewCall.Gate.Refused(reason);
            case Verdict.Ask(String reason, var expires) ->
                    new NewCall.Gate.Ask(
                            new Call.Approval(
                                    Approvals.id(turn, fence, id.index()),
                                    InputHash.of(Shown.input(input, turn, toolCallId)),
                                    expires),
                            reason);
        };
    }

    private static NewCall refused(
            CallId id,
            String toolCallId,
            String tool,
            boolean dynamic,
            @Nullable JsonNode input,
            String message) {
        return new NewCall(
                id,
                toolCallId,
                tool,
                dynamic,
                input instanceof ObjectNode object ? object : Json.object(),
                new NewCall.Gate.Refused(message));
    }
}
