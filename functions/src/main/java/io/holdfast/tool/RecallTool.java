package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.session.Session;
import io.holdfast.session.SessionStore.Access;

/** Searches the conversation's own messages, also those that the model no longer sees. */
public final class RecallTool implements BuiltinTool {

    @Override
    public String name() {
        return "recall";
    }

    @Override
    public String description() {
        return "Searches this conversation's earlier messages for words, newest first. Without"
                + " words it returns the oldest messages.";
    }

    @Override
    public ObjectNode input() {
        return new InputSchema()
                .field("query", "string", "words that a message must all contain; may be empty")
                .integer("limit", 1, RecallSearch.MAX_LIMIT, "how many messages at most")
                .requires();
    }

    @Override
    public ToolResult run(
            ToolCall call, ObjectNode settings, Services services, Progress progress) {
        Access access =
                services.sessions().find(call.session(), call.user(), services.clock().instant());
        return switch (access) {
            case Access.Granted(Session session) -> {
                RecallSearch search =
                        new RecallSearch(
                                (before, maxMessages) ->
                                        services.messages()
                                                .before(
                                                        session,
                                                        before,
                                                        maxMessages,
                                                        RecallSearch.MAX_CHARACTERS),
                                session.next());
                yield new ToolResult.Success(
                        search.find(
                                call.input().path("query").asText(""),
                                call.input().path("limit").asInt(RecallSearch.DEFAULT_LIMIT)));
            }
            case Access.Absent absent -> new ToolResult.Success(RecallSearch.nothing());
            case Access.Foreign foreign ->
                    new ToolResult.Failure("The conversation is not this user's");
        };
    }
}
