package io.holdfast.turn;

import static io.holdfast.chunk.UiMessage.Role.ASSISTANT;
import static io.holdfast.chunk.UiMessage.Role.USER;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.model.ModelRequest.Content;
import io.holdfast.model.ModelRequest.ModelMessage;
import io.holdfast.model.ModelRequest.Role;
import io.holdfast.platform.MessageId;
import io.holdfast.session.StoredMessage;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

final class ModelRequestsTest {
    private final List<StoredMessage> history = new ArrayList<>();

    @Test
    void carriesTheConversation() {
        said(USER, "hello");
        said(ASSISTANT, "hi");
        said(USER, "how are you?");

        assertThat(messages())
                .containsExactly(
                        said(Role.USER, "hello"),
                        said(Role.ASSISTANT, "hi"),
                        said(Role.USER, "how are you?"));
    }

    @Test
    void saysWhereAQuestionWentUnanswered() {
        said(USER, "first");
        said(USER, "second");

        assertThat(messages())
                .containsExactly(
                        said(Role.USER, "first"),
                        said(Role.ASSISTANT, "(no answer)"),
                        said(Role.USER, "second"));
    }

    @Test
    void putsWordsInPlaceOfAnEmptyAnswer() {
        said(USER, "first");
        history.add(
                new StoredMessage(
                        history.size(),
                        new UiMessage(
                                new MessageId("a"),
                                ASSISTANT,
                                List.of(new MessagePart.StepStart()),
                                null)));
        said(USER, "second");

        assertThat(messages()).contains(said(Role.ASSISTANT, "(no answer)"));
    }

    @Test
    void beginsWithTheUserWhenTheHistoryWasShortened() {
        said(ASSISTANT, "the end of an answer to something long gone");
        said(USER, "and now?");

        assertThat(messages()).containsExactly(said(Role.USER, "and now?"));
    }

    private void said(UiMessage.Role role, String text) {
        history.add(
                new StoredMessage(
                        history.size(),
                        new UiMessage(
                                new MessageId("m" + history.size()),
                                role,
                                List.of(new MessagePart.Text(text)),
                                null)));
    }

    private List<ModelMessage> messages() {
        return new ModelRequests(true, 100).history(history).messages();
    }

    private static ModelMessage said(Role role, String text) {
        return new ModelMessage(role, List.of(new Content.Text(text)));
    }
}
