package io.holdfast.assistant;

import static org.assertj.core.api.Assertions.assertThat;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import java.util.Map;

@NullMarked
final class CatalogReaderTest {

    @Test
    void aShortFileHasDefaultsForTheRest() {
        Catalog catalog =
                CatalogReader.read(
                        """
                        version: 1
                        assistants:
                          helper:
                            systemPrompt: Be kind.
                            model: ${MODEL_ID}
                        """,
                        Map.of("MODEL_ID", "model-1"));

        assertThat(catalog.defaultAssistant()).isEqualTo("helper");
        assertThat(catalog.assistant("helper"))
                .hasValueSatisfying(
                        assistant -> assertThat(assistant.model()).isEqualTo("model-1"));
        assertThat(catalog.tools()).isEmpty();
    }
}
