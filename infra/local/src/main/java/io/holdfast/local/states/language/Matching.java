package io.holdfast.local.states.language;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Utils;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code $match} and {@code $replace}. The library ignores the limit of one, and takes the text
 * that the other looks for as a regular expression when it has a limit.
 *
 * @see <a href="https://docs.jsonata.org/string-functions#replace">$replace</a>
 */
final class Matching {
    private Matching() {}

    static @Nullable Object match(Arguments arguments) {
        String text = arguments.text(0);
        if (text == null) {
            return null;
        }
        if (!(arguments.value(1) instanceof Pattern pattern)) {
            throw arguments.unusable(1, "be a regular expression");
        }
        List<Object> matches = Utils.createSequence();
        for (MatchResult match : find(pattern, text, arguments.limit(2))) {
            Map<String, Object> about = new LinkedHashMap<>();
            about.put("match", match.group());
            about.put("index", match.start());
            about.put("groups", groups(match));
            matches.add(about);
        }
        return matches;
    }

    static @Nullable Object replace(Arguments arguments) {
        String text = arguments.text(0);
        if (text == null) {
            return null;
        }
        Object replacement = arguments.value(2);
        boolean literal = arguments.value(1) instanceof String;
        if (literal && (arguments.value(1).equals("") || !(replacement instanceof String))) {
            throw arguments.unusable(1, "not be empty, and a text is replaced by a text");
        }
        Pattern pattern =
                arguments.value(1) instanceof Pattern given
                        ? given
                        : Pattern.compile(Pattern.quote(arguments.value(1).toString()));
        StringBuilder result = new StringBuilder();
        int end = 0;
        for (MatchResult match : find(pattern, text, arguments.limit(3))) {
            result.append(text, end, match.start());
            if (!(replacement instanceof String template)) {
                result.append(call(replacement, match));
            } else if (literal) {
                result.append(template);
            } else {
                substitute(template, groups(match), match.group(), result);
            }
            end = match.end();
        }
        return result.append(text, end, text.length()).toString();
    }

    private static List<MatchResult> find(Pattern pattern, String text, @Nullable Integer limit) {
        List<MatchResult> found = new ArrayList<>();
        Matcher matcher = pattern.matcher(text);
        while ((limit == null || found.size() < limit) && matcher.find()) {
            if (matcher.group().isEmpty()) {
                throw new JException("D1004: Regular expression matches zero length string");
            }
            found.add(matcher.toMatchResult());
        }
        return found;
    }

    /** A group that took no part is absent. */
    private static List<@Nullable String> groups(MatchResult match) {
        List<@Nullable String> groups = new ArrayList<>();
        for (int i = 1; i <= match.groupCount(); i++) {
            groups.add(match.group(i));
        }
        return groups;
    }

    private static String call(Object function, MatchResult match) {
        Map<String, Object> about = new LinkedHashMap<>();
        about.put("match", match.group());
        about.put("start", match.start());
        about.put("end", match.end());
        about.put("groups", groups(match));
        if (Calls.apply(function, List.of(about)) instanceof String text) {
            return text;
        }
        throw new JException(
                "D3012: Attempted to replace a matched string with a non-string value");
    }

    /** {@code $$} is a dollar, {@code $0} the match, {@code $n} a group, as many digits as fit. */
    private static void substitute(
            String template, List<@Nullable String> groups, String match, StringBuilder out) {
        int position = 0;
        while (position < template.length()) {
            char c = template.charAt(position++);
            char next = position < template.length() ? template.charAt(position) : ' ';
            if (c != '$') {
                out.append(c);
            } else if (next == '$' || next == '0') {
                out.append(next == '$' ? "$" : match);
                position++;
            } else {
                int digits = digits(template, position, groups.size());
                if (digits == 0) {
                    out.append('$');
                } else {
                    int group = Integer.parseInt(template, position, position + digits, 10);
                    String value = group <= groups.size() ? groups.get(group - 1) : null;
                    out.append(value == null ? "" : value);
                    position += digits;
                }
            }
        }
    }

    /** How many digits name a group: no more than the number of groups has. */
    private static int digits(String template, int from, int groups) {
        int most = Integer.toString(Math.max(1, groups)).length();
        int count = 0;
        while (count < most
                && from + count < template.length()
                && template.charAt(from + count) >= '0'
                && template.charAt(from + count) <= '9') {
            count++;
        }
        boolean tooLarge = count > 1 && Integer.parseInt(template, from, from + count, 10) > groups;
        return tooLarge ? count - 1 : count;
    }
}
