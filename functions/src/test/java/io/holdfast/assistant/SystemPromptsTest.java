package io.holdfast.assistant;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;

@NullMarked
final class SystemPromptsTest {
    private static final SystemPrompts PROMPTS =
            new SystemPrompts(InstantSource.fixed(Instant.parse("2026-11-25T23:59:59.123Z")));
    private static final SystemPrompts.Context CONTEXT =
            new SystemPrompts.Context(new UserId("alice$1"), new SessionId("my-session"));

    @Test
    void putsValuesInForPlaceholders() {
        assertThat(
                        render(
                                "{{date}} {{ time }} {{user}} {{session}} {{assistant}}"
                                        + " \\{{date}} {x} {{}}",
                                "[]"))
                .isEqualTo(
                        "2026-11-25 2026-11-25T23:59:59Z alice$1 my-session helper {{date}} {x}"
                                + " {{}}");
    }

    @Test
    void addsTheWordsOfContextProviders() {
        assertThat(render("Be kind.\n", "[date]", "Rules.\n", " ", "More."))
                .isEqualTo("Be kind.\n\nToday is 2026-11-25 (UTC).\n\nRules.\n\nMore.");
    }

    private static String render(String template, String context, String... additions) {
        Catalog catalog =
                CatalogReader.read(
                        """
                        version: 1
                        assistants:
                          helper: { systemPrompt: "${TEMPLATE}", model: m, context: %s }
                        """
                                .formatted(context),
                        Map.of("TEMPLATE", template));
        return PROMPTS.render(
                catalog.assistant("helper").orElseThrow(), CONTEXT, List.of(additions));
    }
}
