package io.holdfast.turn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;

import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.model.ModelRequest.Content;
import io.holdfast.model.ModelRequest.ModelMessage;
import io.holdfast.model.ModelRequest.Role;
import io.holdfast.platform.Json;
import io.holdfast.platform.Texts;
import io.holdfast.session.StoredMessage;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Turns a conversation into the messages that a model gets.
 *
 * <p>Bedrock wants the roles to alternate, the first and last message to be the user's, each call
 * of a tool to be followed by its result, and no blank text (Bedrock API Reference, "Converse").
 */
final class ModelRequests {
    /**
     * Stands for an answer that is empty or was never given: the model should know that the
     * question went unanswered.
     */
    private static final String NO_ANSWER = "(no answer)";

    private static final String GO_ON = "(go on from these results)";

    private static final String NOT_RUN = "The call was not run to its end.";

    /** The names of tools that Converse takes are of other characters, and no longer than this. */
    private static final Pattern FORBIDDEN = Pattern.compile("[^a-zA-Z0-9_-]");

    private static final int MAX_NAME = 64;

    private final boolean hasTools;
    private final int maxResultCharacters;
    private final List<ModelMessage> messages = new ArrayList<>();

    /**
     * Begins an empty conversation.
     *
     * @param hasTools whether the model is offered any; else earlier calls are told in words,
     *     because Bedrock takes them only beside tools
     * @param maxResultCharacters how much of one result the model gets to see
     */
    ModelRequests(boolean hasTools, int maxResultCharacters) {
        this.hasTools = hasTools;
        this.maxResultCharacters = maxResultCharacters;
    }

    /** The messages so far. */
    List<ModelMessage> messages() {
        return List.copyOf(messages);
    }

    /** Adds earlier messages, oldest first; the last is the user's. */
    ModelRequests history(List<StoredMessage> history) {
        for (StoredMessage stored : history) {
            UiMessage message = stored.message();
            if (message.role() == UiMessage.Role.ASSISTANT) {
                // Words that the record's shortened history begins with answer nothing.
                if (!messages.isEmpty()) {
                    answer(message.parts());
                }
            } else {
                if (!messages.isEmpty() && messages.getLast().role() == Role.USER) {
                    messages.add(said(NO_ANSWER));
                }
                messages.add(
                        new ModelMessage(Role.USER, List.of(new Content.Text(message.text()))));
            }
        }
        return this;
    }

    /** Adds what the model is asked in place of a message of the user's. */
    void prompt(String text) {
        if (!messages.isEmpty() && messages.getLast().role() == Role.USER) {
            messages.add(said(NO_ANSWER));
        }
        messages.add(new ModelMessage(Role.USER, List.of(new Content.Text(text))));
    }

    /**
     * Adds a step of the answer that is being written.
     *
     * @param results what its calls came to, in full
     */
    void step(StepResult step, Map<CallId, CallResult> results) {
        List<Content> content = new ArrayList<>();
        for (MessagePart part : step.parts()) {
            switch (part) {
                case MessagePart.Text(String text) -> addText(content, text);
                case MessagePart.Reasoning(var id, String text, ObjectNode metadata) -> {
                    // The model wants its thoughts back while it uses tools, with the proof.
                    JsonNode signature =
                            metadata == null
                                    ? Json.object()
                                    : metadata.path("bedrock").path("signature");
                    if (signature.isTextual()) {
                        content.add(new Content.Reasoning(text, signature.textValue()));
                    }
                }
                case MessagePart.Tool tool -> {}
                case MessagePart.StepStart start -> {}
                case MessagePart.Other other -> {}
            }
        }
        List<Content> came = new ArrayList<>();
        for (Call call : step.calls()) {
            content.add(new Content.ToolUse(call.toolCallId(), name(call.tool()), call.input()));
            came.add(result(call, results));
        }
        add(content, came);
        if (messages.getLast().role() == Role.ASSISTANT) {
            // Its tools are gone meanwhile, so that its calls are told in words.
            messages.add(new ModelMessage(Role.USER, List.of(new Content.Text(GO_ON))));
        }
    }

    private Content.ToolResult result(Call call, Map<CallId, CallResult> results) {
        String id = call.toolCallId();
        return switch (results.get(call.id())) {
            case CallResult.Success(JsonNode output) ->
                    new Content.ToolResult(id, bounded(output), false);
            case CallResult.Failure(String message) -> failed(id, message);
            case CallResult.Denied(String reason) -> failed(id, denied(reason));
            case null -> failed(id, NOT_RUN);
        };
    }

    private static String denied(String reason) {
        return "The user did not allow this call. " + reason;
    }

    private static Content.ToolResult failed(String id, String message) {
        return new Content.ToolResult(id, TextNode.valueOf(message), true);
    }

    /** An answer that is stored: as its readers saw it. */
    private void answer(List<MessagePart> parts) {
        List<Content> content = new ArrayList<>();
        List<Content> came = new ArrayList<>();
        int before = messages.size();
        for (MessagePart part : parts) {
            switch (part) {
                case MessagePart.StepStart() -> {
                    add(content, came);
                    content.clear();
                    came.clear();
                }
                case MessagePart.Text(String text) -> addText(content, text);
                case MessagePart.Tool tool -> {
                    content.add(
                            new Content.ToolUse(
                                    tool.toolCallId(),
                                    name(tool.toolName()),
                                    tool.input() instanceof ObjectNode input
                                            ? input
                                            : Json.object()));
                    came.add(result(tool));
                }
                // Thoughts of turns that are over are not wanted back.
                case MessagePart.Reasoning reasoning -> {}
                case MessagePart.Other other -> {}
            }
        }
        add(content, came);
        if (messages.size() == before) {
            add(List.of(new Content.Text(NO_ANSWER)), List.of());
        }
    }

    private Content.ToolResult result(MessagePart.Tool tool) {
        String id = tool.toolCallId();
        String words = tool.errorText() == null ? NOT_RUN : tool.errorText();
        MessagePart.Approval approval = tool.approval();
        return switch (tool.state()) {
            case OUTPUT_AVAILABLE ->
                    tool.preliminary() || tool.output() == null
                            ? failed(id, NOT_RUN)
                            : new Content.ToolResult(id, bounded(tool.output()), false);
            case OUTPUT_ERROR -> failed(id, words);
            case OUTPUT_DENIED ->
                    failed(
                            id,
                            denied(
                                    approval == null || approval.reason() == null
                                            ? ""
                                            : approval.reason()));
            case INPUT_STREAMING, INPUT_AVAILABLE, APPROVAL_REQUESTED, APPROVAL_RESPONDED ->
                    failed(id, NOT_RUN);
        };
    }

    /** Adds what the assistant said in a step, and what its calls brought. */
    private void add(List<Content> said, List<Content> came) {
        List<Content> content = hasTools ? said : inWords(said, came);
        if (content.isEmpty()) {
            return;
        }
        if (messages.getLast().role() == Role.ASSISTANT) {
            List<Content> both = new ArrayList<>(messages.removeLast().content());
            both.addAll(content);
            content = both;
        }
        messages.add(new ModelMessage(Role.ASSISTANT, content));
        if (hasTools && !came.isEmpty()) {
            messages.add(new ModelMessage(Role.USER, came));
        }
    }

    private List<Content> inWords(List<Content> said, List<Content> came) {
        List<Content> words = new ArrayList<>();
        for (Content one : said) {
            switch (one) {
                case Content.ToolUse(String id, String name, ObjectNode input) -> {
                    String result =
                            came.stream()
                                    .map(Content.ToolResult.class::cast)
                                    .filter(result1 -> result1.id().equals(id))
                                    .map(result1 -> text(result1.output()))
                                    .findFirst()
                                    .orElse(NOT_RUN);
                    words.add(new Content.Text("(used %s: %s)".formatted(name, result)));
                }
                case Content.Text text -> words.add(text);
                case Content.Reasoning reasoning -> words.add(reasoning);
                case Content.ToolResult result -> {}
            }
        }
        return words;
    }

    private JsonNode bounded(JsonNode output) {
        String text = text(output);
        if (text.length() <= maxResultCharacters) {
            return output;
        }
        return TextNode.valueOf(
                Texts.beginning(text, maxResultCharacters)
                        + "\n(cut: the result has %,d characters)".formatted(text.length()));
    }

    private static String text(JsonNode output) {
        return output.isTextual() ? output.textValue() : Json.write(output);
    }

    /** A name that the model made up may be one that Bedrock does not take back. */
    private static String name(String tool) {
        String name = FORBIDDEN.matcher(tool).replaceAll("_");
        return name.isEmpty() ? "_" : name.substring(0, Math.min(name.length(), MAX_NAME));
    }

    private static void addText(List<Content> content, String text) {
        if (!text.isBlank()) {
            content.add(new Content.Text(text));
        }
    }

    private static ModelMessage said(String text) {
        return new ModelMessage(Role.ASSISTANT, List.of(new Content.Text(text)));
    }
}
