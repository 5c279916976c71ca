package io.holdfast.assistant;

import io.holdfast.session.ContextProvider;
import io.holdfast.session.Session;

import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Writes system prompts: puts values in for <code>{{name}}</code>, then the words of context
 * providers behind. A placeholder behind a backslash stays as it is, without the backslash.
 */
public final class SystemPrompts {
    /** Names that a system prompt may use. */
    static final List<String> PLACEHOLDERS =
            List.of("date", "time", "user", "session", "assistant", "subject");

    private static final String DATE = "date";
    private static final Pattern PLACE =
            Pattern.compile(
                    "(?<literal>\\\\)?\\{\\{\\s*(?<name>[A-Za-z][A-Za-z0-9_.-]*)\\s*\\}\\}");

    private final InstantSource clock;

    /** Writes with the time of this clock, in UTC. */
    public SystemPrompts(InstantSource clock) {
        this.clock = clock;
    }

    /**
     * The system prompt of one call of the model.
     *
     * @param session where its owner speaks
     * @param additions the words of context providers (of MCP resources and prompts, for example);
     *     each becomes a paragraph of its own, empty ones are left out
     */
    public String render(Assistant assistant, Session session, List<String> additions) {
        Instant now = clock.instant();
        List<String> parts = new ArrayList<>();
        parts.add(
                PLACE.matcher(assistant.systemPrompt())
                        .replaceAll(
                                place ->
                                        Matcher.quoteReplacement(
                                                place.group("literal") != null
                                                        ? place.group().substring(1)
                                                        : value(
                                                                place.group("name"),
                                                                place.group(),
                                                                assistant,
                                                                session,
                                                                now)))
                        .strip());
        if (assistant.tells(ContextProvider.DATE, session)) {
            parts.add("Today is " + date(now) + " (UTC).");
        }
        additions.stream().map(String::strip).filter(text -> !text.isEmpty()).forEach(parts::add);
        return String.join("\n\n", parts);
    }

    /** Names in a template that nothing is known of, each once. */
    static List<String> unknownPlaceholders(String template) {
        return PLACE.matcher(template)
                .results()
                .filter(place -> place.group("literal") == null)
                .map(place -> place.group("name"))
                .filter(name -> !PLACEHOLDERS.contains(name))
                .distinct()
                .toList();
    }

    private static String value(
            String name, String written, Assistant assistant, Session session, Instant now) {
        return switch (name) {
            case DATE -> date(now).toString();
            case "time" -> now.truncatedTo(ChronoUnit.SECONDS).toString();
            case "user" -> session.owner().value();
            case "session" -> session.id().value();
            case "subject" -> session.subject() == null ? "" : session.subject();
            case "assistant" -> assistant.name();
            default -> written;
        };
    }

    private static LocalDate date(Instant now) {
        return LocalDate.ofInstant(now, ZoneOffset.UTC);
    }
}
