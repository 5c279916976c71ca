package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.chunk.MessagePart;
import io.holdfast.chunk.UiMessage;
import io.holdfast.platform.MessageId;
import io.holdfast.session.StoredMessage;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

class RecallSearchTest {
    private final List<StoredMessage> messages = new ArrayList<>();

    @Test
    void findsAllWordsInAnyCaseNewestFirst() {
        say(0, "My cat is called Tom");
        say(1, "Noted: TOM, a cat");
        say(2, "And the dog is Rex");
        assertThat(found("tom CAT", 10)).containsExactly("1:assistant", "0:user");
        assertThat(found("tom", 1)).containsExactly("1:assistant");
        assertThat(found("bird", 10)).isEmpty();
    }

    @Test
    void withoutWordsItTellsTheOldest() {
        for (int position = 40; position < 300; position++) {
            say(position, "message " + position);
        }
        assertThat(found(" ", 2)).containsExactly("40:user", "41:assistant");
        assertThat(found("", 50)).hasSize(50).startsWith("40:user");
    }

    @Test
    void looksThroughManyPages() {
        say(0, "the needle");
        for (int position = 1; position < 1_000; position++) {
            say(position, "hay");
        }
        assertThat(found("needle", 10)).containsExactly("0:user");
    }

    @Test
    void aLongMessageIsAnExcerptAroundTheWord() {
        say(0, "x".repeat(5_000) + " needle " + "y".repeat(5_000));
        String text = search().find("needle", 1).path("messages").path(0).path("text").asText();
        assertThat(text).contains("needle").startsWith("…").endsWith("…").hasSizeLessThan(520);
    }

    @Test
    void anEmptyConversationHasNothing() {
        assertThat(found("x", 5)).isEmpty();
        assertThat(found("", 5)).isEmpty();
    }

    private void say(long position, String text) {
        messages.add(
                new StoredMessage(
                        position,
                        new UiMessage(
                                new MessageId("m" + position),
                                position % 2 == 0 ? UiMessage.Role.USER : UiMessage.Role.ASSISTANT,
                                List.of(new MessagePart.Text(text)),
                                null)));
    }

    private List<String> found(String query, int limit) {
        List<String> found = new ArrayList<>();
        for (JsonNode message : search().find(query, limit).path("messages")) {
            found.add(message.path("position").asText() + ":" + message.path("role").asText());
        }
        return found;
    }

    private RecallSearch search() {
        long next = messages.isEmpty() ? 0 : messages.getLast().position() + 1;
        return new RecallSearch(
                (before, maxMessages) -> {
                    List<StoredMessage> earlier =
                            messages.stream().filter(m -> m.position() < before).toList();
                    return earlier.subList(
                            Math.max(0, earlier.size() - maxMessages), earlier.size());
                },
                next);
    }
}
