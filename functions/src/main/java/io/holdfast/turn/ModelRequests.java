package io.holdfast.turn;

import io.holdfast.assistant.Assistant;
import io.holdfast.chunk.UiMessage;
import io.holdfast.model.ModelRequest;
import io.holdfast.model.ModelRequest.ModelMessage;
import io.holdfast.model.ModelRequest.Role;
import io.holdfast.platform.SessionId;
import io.holdfast.session.StoredMessage;

import java.util.ArrayList;
import java.util.List;

/** Turns a session's history into a request of the model. */
final class ModelRequests {
    /**
     * Stands for an answer that is empty or was never given. The model wants roles to alternate
     * (Bedrock API Reference, "Converse"), and should know that the question went unanswered.
     */
    private static final String NO_ANSWER = "(no answer)";

    private ModelRequests() {}

    /** A request with the messages, oldest first; the last is the user's. */
    static ModelRequest of(SessionId session, Assistant assistant, List<StoredMessage> history) {
        List<ModelMessage> messages = new ArrayList<>();
        for (StoredMessage stored : history) {
            Role role =
                    stored.message().role() == UiMessage.Role.ASSISTANT
                            ? Role.ASSISTANT
                            : Role.USER;
            boolean first = messages.isEmpty();
            if (first && role == Role.ASSISTANT) {
                continue;
            }
            if (!first && messages.getLast().role() == role) {
                if (role == Role.ASSISTANT) {
                    messages.removeLast();
                } else {
                    messages.add(new ModelMessage(Role.ASSISTANT, NO_ANSWER));
                }
            }
            String text = stored.message().text();
            messages.add(
                    new ModelMessage(
                            role, text.isBlank() && role == Role.ASSISTANT ? NO_ANSWER : text));
        }
        return new ModelRequest(
                session.value(),
                assistant.model(),
                assistant.systemPrompt(),
                messages,
                assistant.maxOutputTokens());
    }
}
