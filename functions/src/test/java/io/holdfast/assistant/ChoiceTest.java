package io.holdfast.assistant;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.Json;

import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.util.Map;

@NullMarked
final class ChoiceTest {
    private static final Catalog CATALOG =
            CatalogReader.read(
                    """
                    version: 1
                    assistants:
                      default: { systemPrompt: Hi., model: small }
                      expert:
                        systemPrompt: Think.
                        model: large
                        reasoningEffort: low
                        overrides: { models: ["us.*"], reasoningEfforts: [high] }
                    """,
                    Map.of());

    @Test
    void withoutAWishItIsTheDefault() {
        assertChosen(Wish.NONE, Wish.NONE, "default", "small", ReasoningEffort.NONE);
    }

    @Test
    void theMessagesWishComesBeforeTheSessions() {
        Wish stored = wish("expert", "us.one", ReasoningEffort.HIGH);

        assertChosen(Wish.NONE, stored, "expert", "us.one", ReasoningEffort.HIGH);
        assertChosen(wish(null, "us.two", null), stored, "expert", "us.two", ReasoningEffort.HIGH);
        assertChosen(
                wish(null, "large", ReasoningEffort.LOW),
                stored,
                "expert",
                "large",
                ReasoningEffort.LOW);
        assertChosen(wish("default", null, null), stored, "default", "small", ReasoningEffort.NONE);
    }

    @Test
    void whatASessionWishedForAndIsGoneIsPassedOver() {
        assertChosen(
                Wish.NONE,
                wish("retired", "old", ReasoningEffort.HIGH),
                "default",
                "small",
                ReasoningEffort.NONE);
        assertChosen(
                Wish.NONE, wish("expert", "old", null), "expert", "large", ReasoningEffort.LOW);
    }

    @Test
    void whatAMessageWishesForAndIsNotOfferedIsRefused() {
        assertRefused(wish("nobody", null, null), "There is no assistant nobody.");
        assertRefused(
                wish(null, "us.one", null),
                "The assistant default does not offer the model us.one.");
        assertRefused(
                wish("expert", null, ReasoningEffort.MEDIUM),
                "The assistant expert does not offer the reasoning effort medium.");
    }

    @Test
    void aWishIsReadFromAFramesBody() throws IOException {
        assertThat(
                        Wish.ofBody(
                                Json.read(
                                        "{\"assistant\":\"a\",\"model\":\"arn:aws:m/1\","
                                                + "\"reasoningEffort\":\"high\",\"own\":1}")))
                .isEqualTo(new Wish.Read.Valid(wish("a", "arn:aws:m/1", ReasoningEffort.HIGH)));
        assertThat(Wish.ofBody(Json.object())).isEqualTo(new Wish.Read.Valid(Wish.NONE));
        assertThat(Wish.ofBody(Json.object().path("body")))
                .isEqualTo(new Wish.Read.Valid(Wish.NONE));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "[]                          | body must be an object",
                "{\"assistant\":7}           | body.assistant must be the name of an assistant",
                "{\"assistant\":\"a b\"}     | body.assistant must be the name of an assistant",
                "{\"model\":null}            | body.model must be the id of a model",
                "{\"model\":\"\"}            | body.model must be the id of a model",
                "{\"reasoningEffort\":\"x\"} | body.reasoningEffort must be one of none, low,"
                        + " medium, high",
            })
    void aWishOfAnotherFormIsInvalid(String body, String reason) throws IOException {
        assertThat(Wish.ofBody(Json.read(body))).isEqualTo(new Wish.Read.Invalid(reason));
    }

    private static Wish wish(
            @Nullable String assistant, @Nullable String model, @Nullable ReasoningEffort effort) {
        return new Wish(assistant, model, effort);
    }

    private static void assertChosen(
            Wish override, Wish stored, String assistant, String model, ReasoningEffort effort) {
        assertThat(Choice.of(CATALOG, override, stored))
                .isEqualTo(
                        new Choice.Outcome.Chosen(
                                CATALOG.assistant(assistant).orElseThrow(), model, effort));
    }

    private static void assertRefused(Wish override, String reason) {
        assertThat(Choice.of(CATALOG, override, Wish.NONE))
                .isEqualTo(new Choice.Outcome.Refused(reason));
    }
}
