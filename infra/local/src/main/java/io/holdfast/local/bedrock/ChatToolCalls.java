package io.holdfast.local.bedrock;

import com.fasterxml.jackson.databind.JsonNode;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Puts the pieces of a completion's tool calls together. The pieces of several calls may come mixed
 * with each other and with text, told apart by their index, while Bedrock sends block after block:
 * so the calls wait for the end.
 */
final class ChatToolCalls {
    private static final int MAX_CALLS = 128;
    private static final int MAX_CHARACTERS = 4_000_000;

    private final Supplier<String> toolUseIds;
    private final List<Call> calls = new ArrayList<>();
    private final Map<Integer, Call> latest = new HashMap<>();
    private int characters;

    private record Call(String id, String name, StringBuilder arguments) {}

    /** Calls that get an id from here if they come without one that Bedrock would take. */
    ChatToolCalls(Supplier<String> toolUseIds) {
        this.toolUseIds = toolUseIds;
    }

    boolean isEmpty() {
        return calls.isEmpty();
    }

    /**
     * Takes a piece.
     *
     * @throws IOException if it makes no sense, or if there is too much of it
     */
    void accept(JsonNode piece) throws IOException {
        int index = piece.path("index").asInt(0);
        String id = piece.path("id").asText("");
        Call call = latest.get(index);
        // Some servers give every call the index 0, but another id.
        if (call == null || (!id.isEmpty() && !id.equals(call.id()))) {
            call = begin(id, piece.path("function").path("name").asText(""));
            latest.put(index, call);
        }
        String arguments = piece.path("function").path("arguments").asText("");
        characters += arguments.length();
        call.arguments().append(arguments);
        if (calls.size() > MAX_CALLS || characters > MAX_CHARACTERS) {
            throw new IOException("Too many or too large tool calls");
        }
    }

    private Call begin(String id, String name) throws IOException {
        if (name.isEmpty()) {
            throw new IOException("A tool call without a name");
        }
        Call call = new Call(id, name, new StringBuilder());
        calls.add(call);
        return call;
    }

    void writeTo(AnswerWriter answer) throws ClientGone {
        for (Call call : calls) {
            boolean good = call.id().matches("[a-zA-Z0-9_.:-]{1,64}");
            answer.toolUse(good ? call.id() : toolUseIds.get(), call.name());
            answer.toolInput(call.arguments().toString());
        }
    }
}
