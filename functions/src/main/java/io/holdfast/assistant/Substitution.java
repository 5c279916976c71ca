package io.holdfast.assistant;

import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Puts values of the environment into texts: {@code ${NAME}}, or {@code ${NAME:-default}} where a
 * variable that is unset or empty has a default; a second dollar before it makes it literal. What
 * was put in is not looked at again.
 */
final class Substitution {
    private static final Pattern PLACE =
            Pattern.compile(
                    "(?<literal>\\$\\$\\{)"
                            + "|\\$\\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::-(?<value>[^}]*))?\\}"
                            + "|\\$\\{");

    private final Map<String, String> environment;

    /** Takes values from this environment. */
    Substitution(Map<String, String> environment) {
        this.environment = environment;
    }

    /**
     * The text with its values.
     *
     * @param faults takes what is missing or malformed; the text is then without it
     */
    String apply(String text, List<String> faults) {
        return text.contains("${")
                ? PLACE.matcher(text)
                        .replaceAll(place -> Matcher.quoteReplacement(value(place, faults)))
                : text;
    }

    private String value(MatchResult place, List<String> faults) {
        String name = place.group("name");
        if (place.group("literal") != null) {
            return "${";
        }
        if (name == null) {
            faults.add(
                    "has a ${ that is not closed or names no variable: write ${NAME} or"
                            + " ${NAME:-default}, or $${ for a literal ${");
            return "";
        }
        String value = environment.get(name);
        if (value != null && !value.isBlank()) {
            return value;
        }
        String otherwise = place.group("value");
        if (otherwise == null) {
            faults.add(
                    "needs the environment variable "
                            + name
                            + ", which is not set: set it, or write ${"
                            + name
                            + ":-default}");
            return "";
        }
        return otherwise;
    }
}
