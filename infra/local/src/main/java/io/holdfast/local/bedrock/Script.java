package io.holdfast.local.bedrock;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.function.Function;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The lines of a user's text as orders; {@link ScriptModel} describes them. */
final class Script {
    private static final int MAX_NUMBER = 100_000;
    private static final int MAX_PAUSE_MILLIS = 60_000;
    private static final Duration PAUSE = Duration.ofMillis(10);
    private static final int ALWAYS = Integer.MAX_VALUE;

    /** Only a brace begins an input, so that "use your head" stays plain text. */
    private static final Pattern USE =
            Pattern.compile("(?i:use) ([a-zA-Z0-9_-]{1,64})(?:\\s+(\\{.*))?");

    /** What Holdfast asks for a title with, and the user's first words. */
    private static final Pattern TITLE =
            Pattern.compile(
                    "Give this conversation a title: User: (\\S++(?: \\S++){0,3}+).*",
                    Pattern.DOTALL);

    /** Orders in small letters; the first that matches is it. */
    private static final List<Rule> RULES =
            List.of(
                    rule("count to {N}", m -> new Count(number(m, 1), PAUSE)),
                    rule(
                            "count to {N} every {N} ?ms",
                            m -> new Count(number(m, 1), millis(number(m, 2)))),
                    rule("think first", m -> new Think()),
                    rule("recall", m -> new Recall()),
                    rule("show (system|tools|model)", m -> new Show(named(Part.class, m))),
                    rule(
                            "fail " + ways() + "(?: {N} times?)?",
                            m -> new Fail(named(Failing.class, m), number(m, 2, ALWAYS))),
                    rule("refuse", m -> new Refuse(false)),
                    rule("refuse filtered", m -> new Refuse(true)),
                    rule("cut off after {N}", m -> new CutOff(number(m, 1))),
                    rule("hang(?: after {N})?", m -> new Hang(number(m, 1))),
                    rule("drop(?: after {N})?", m -> new Drop(number(m, 1))));

    private Script() {}

    /** One order. */
    sealed interface Line {}

    record Say(String text) implements Line {}

    record Count(int to, Duration pause) implements Line {}

    record Think() implements Line {}

    record Recall() implements Line {}

    record Show(Part part) implements Line {}

    /**
     * A tool call.
     *
     * @param input as it was written, maybe no JSON at all; empty: no arguments
     */
    record Use(String name, String input) implements Line {}

    /**
     * A failure.
     *
     * @param times how often before it recovers
     */
    record Fail(Failing how, int times) implements Line {}

    record Refuse(boolean filtered) implements Line {}

    record CutOff(int after) implements Line {}

    record Hang(int after) implements Line {}

    record Drop(int after) implements Line {}

    /** What {@code show} shows. */
    enum Part {
        SYSTEM,
        TOOLS,
        MODEL
    }

    /** The steps of a text: what to do at once, after the first tool results, and so on. */
    static List<List<Line>> steps(String text) {
        List<List<Line>> steps = new ArrayList<>();
        List<Line> step = new ArrayList<>();
        List<String> plain = new ArrayList<>();
        boolean orders = false;
        for (String raw : text.lines().toList()) {
            String words = raw.strip();
            Line order = order(words);
            boolean border =
                    words.equalsIgnoreCase("then") && step.stream().anyMatch(Use.class::isInstance);
            if (order == null && !border) {
                plain.add(raw);
                continue;
            }
            orders = true;
            flush(plain, step);
            if (order != null) {
                step.add(order);
            } else {
                steps.add(step);
                step = new ArrayList<>();
            }
        }
        flush(plain, step);
        steps.add(step);
        // Without an order, the text is said with every blank as it came.
        return orders ? steps : List.of(List.of(new Say(text)));
    }

    private static void flush(List<String> plain, List<Line> lines) {
        String text = String.join("\n", plain).strip();
        if (!text.isEmpty()) {
            lines.add(new Say(text));
        }
        plain.clear();
    }

    private static @Nullable Line order(String line) {
        Matcher use = USE.matcher(line);
        if (use.matches()) {
            return new Use(use.group(1), Objects.requireNonNullElse(use.group(2), ""));
        }
        Matcher title = TITLE.matcher(line);
        if (title.matches()) {
            return new Say(title.group(1));
        }
        for (Rule rule : RULES) {
            Matcher matcher = rule.pattern().matcher(line.toLowerCase(Locale.ROOT));
            if (matcher.matches()) {
                return rule.line().apply(matcher);
            }
        }
        return null;
    }

    private record Rule(Pattern pattern, Function<MatchResult, Line> line) {}

    private static Rule rule(String grammar, Function<MatchResult, Line> line) {
        return new Rule(Pattern.compile(grammar.replace("{N}", "(\\d{1,9})")), line);
    }

    private static String ways() {
        return Arrays.stream(Failing.values())
                .map(Failing::word)
                .collect(Collectors.joining("|", "(", ")"));
    }

    private static <E extends Enum<E>> E named(Class<E> type, MatchResult match) {
        return Enum.valueOf(type, match.group(1).toUpperCase(Locale.ROOT));
    }

    private static int number(MatchResult match, int group) {
        return number(match, group, 0);
    }

    private static int number(MatchResult match, int group, int otherwise) {
        String digits = match.group(group);
        return digits == null ? otherwise : Math.min(Integer.parseInt(digits), MAX_NUMBER);
    }

    private static Duration millis(int number) {
        return Duration.ofMillis(Math.min(number, MAX_PAUSE_MILLIS));
    }
}
