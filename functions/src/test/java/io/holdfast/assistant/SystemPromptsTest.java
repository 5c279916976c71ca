package io.holdfast.assistant;

import static org.assertj.core.api.Assertions.assertThat;

import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;
import io.holdfast.session.ContextProvider;
import io.holdfast.session.Cuts;
import io.holdfast.session.Preferences;
import io.holdfast.session.Session;

import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Set;

@NullMarked
final class SystemPromptsTest {
    private static final SystemPrompts PROMPTS =
            new SystemPrompts(InstantSource.fixed(Instant.parse("2026-11-25T23:59:59.123Z")));

    @Test
    void putsValuesInForPlaceholders() {
        assertThat(
                        render(
                                "{{date}} {{ time }} {{user}} {{session}} {{assistant}} {{subject}}"
                                        + " \\{{date}} {x} {{}}",
                                "[]"))
                .isEqualTo(
                        "2026-11-25 2026-11-25T23:59:59Z alice$1 my-session helper"
                                + " experiment:exp_42 {{date}} {x}"
                                + " {{}}");
    }

    @Test
    void addsTheWordsOfContextProviders() {
        assertThat(render("Be kind.\n", "[date]", "Rules.\n", " ", "More."))
                .isEqualTo("Be kind.\n\nToday is 2026-11-25 (UTC).\n\nRules.\n\nMore.");
    }

    @Test
    void leavesOutWhatTheConversationHasSwitchedOff() {
        assertThat(render(session(null, Set.of(ContextProvider.DATE)), "Of {{subject}}.", "[date]"))
                .isEqualTo("Of .");
    }

    private static Session session(@Nullable String subject, Set<ContextProvider> off) {
        Instant now = Instant.parse("2026-11-25T00:00:00Z");
        return new Session(
                new SessionId("my-session"),
                new UserId("alice$1"),
                subject,
                null,
                null,
                null,
                0,
                0,
                Cuts.NONE,
                Preferences.NONE,
                off,
                1,
                now,
                now);
    }

    private static String render(String template, String context, String... additions) {
        return render(session("experiment:exp_42", Set.of()), template, context, additions);
    }

    private static String render(
            Session session, String template, String context, String... additions) {
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
                catalog.assistant("helper").orElseThrow(), session, List.of(additions));
    }
}
