package io.holdfast.local.bedrock;

import io.holdfast.local.bedrock.ConverseRequest.Block;
import io.holdfast.local.bedrock.ConverseRequest.Message;
import io.holdfast.local.bedrock.ConverseRequest.Role;
import io.holdfast.local.bedrock.ConverseRequest.ToolResult;
import io.holdfast.local.bedrock.ConverseRequest.ToolUse;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** What Bedrock asks of a conversation as a whole. */
final class ConversationRules {
    private ConversationRules() {}

    static void check(ConverseRequest request) throws ModelFailure {
        List<Message> messages = request.messages();
        if (messages.isEmpty() || messages.getFirst().role() != Role.USER) {
            throw ModelFailure.validation(
                    "A conversation must start with a user message. Try again with a conversation"
                            + " that starts with a user message.");
        }
        if (messages.getLast().role() != Role.USER) {
            throw ModelFailure.validation(
                    "This model does not support assistant message prefill. The conversation must"
                            + " end with a user message.");
        }
        List<ToolUse> asked = List.of();
        Set<String> everAsked = new HashSet<>();
        for (int i = 0; i < messages.size(); i++) {
            Message message = messages.get(i);
            if (i > 0 && message.role() == messages.get(i - 1).role()) {
                throw ModelFailure.validation(
                        "A conversation must alternate between user and assistant roles. Make sure"
                                + " the conversation alternates between user and assistant roles"
                                + " and try again.");
            }
            List<ToolUse> uses = message.blocks(ToolUse.class);
            List<ToolResult> results = message.blocks(ToolResult.class);
            checkPlace(message, i);
            if (message.role() == Role.USER) {
                checkResults(asked, results, i);
            }
            for (ToolUse use : uses) {
                if (!everAsked.add(use.toolUseId())) {
                    throw ModelFailure.validation(
                            "The toolUse blocks at messages."
                                    + i
                                    + ".content contain the duplicate Id: "
                                    + use.toolUseId());
                }
            }
            asked = uses;
            // The last check, as a result without its call is the clearer mistake.
            if (!(uses.isEmpty() && results.isEmpty()) && !request.body().has("toolConfig")) {
                throw ModelFailure.validation(
                        "The toolConfig field must be defined when using toolUse and toolResult"
                                + " content blocks.");
            }
        }
    }

    private static void checkPlace(Message message, int i) throws ModelFailure {
        boolean user = message.role() == Role.USER;
        Class<? extends Block> foreign = user ? ToolUse.class : ToolResult.class;
        if (!message.blocks(foreign).isEmpty()) {
            throw ModelFailure.validation(
                    "The "
                            + (user ? "user" : "assistant")
                            + " message at messages."
                            + i
                            + " cannot contain "
                            + (user ? "toolUse" : "toolResult")
                            + " blocks.");
        }
    }

    private static void checkResults(List<ToolUse> asked, List<ToolResult> results, int i)
            throws ModelFailure {
        if (results.size() > asked.size()) {
            throw ModelFailure.validation(
                    "The number of toolResult blocks at messages."
                            + i
                            + ".content exceeds the number of toolUse blocks of previous turn.");
        }
        Set<String> missing = new HashSet<>();
        asked.forEach(use -> missing.add(use.toolUseId()));
        results.forEach(result -> missing.remove(result.toolUseId()));
        if (!missing.isEmpty()) {
            throw ModelFailure.validation(
                    "Expected toolResult blocks at messages."
                            + i
                            + ".content for the following Ids: "
                            + String.join(", ", missing));
        }
    }
}
