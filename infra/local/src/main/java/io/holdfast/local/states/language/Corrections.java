package io.holdfast.local.states.language;

import com.dashjoin.jsonata.Functions;
import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import com.dashjoin.jsonata.Jsonata.JFunction;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.text.ParseException;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Functions of JSONata in which the library differs from the reference implementation: {@code
 * $string} (see {@link Text}), {@code $substring} (which cuts emoji in halves), {@code $pad} (which
 * runs for ever if asked to), {@code $match} and {@code $replace} (see {@link Matching}), {@code
 * $encodeUrl}, {@code $number}, {@code $formatNumber} (which rounds 34.555 down), {@code $toMillis}
 * (which takes the machine's time zone) and those of {@link Aggregates}.
 *
 * <p>Known differences that remain: {@code $formatNumber} takes Java's patterns, where quotes and
 * letters mean something and other separators are not fully supported; {@code $parseInteger} reads
 * no ordinals; {@code in} compares arrays and objects by their content; a pattern applied as a
 * function ({@code text ~> /x/}) has no JSON result; {@code $base64encode} writes UTF-8;
 * number-like keys keep their order; a fraction of more than 17 digits or a number beyond 2^63 is
 * written as Java writes it. The operators {@code ??} and {@code ?:} of JSONata 2.1 work here; Step
 * Functions documents 2.0.6, which has neither.
 */
final class Corrections {
    private static final Pattern DECIMAL =
            Pattern.compile("-?[0-9]+(\\.[0-9]+)?([Ee][-+]?[0-9]+)?");
    private static final Pattern OTHER_BASE =
            Pattern.compile("0([xX][0-9A-Fa-f]{1,15}|[oO][0-7]{1,20}|[bB][01]{1,62})");
    // The reference's own, which lets less pass than the library.
    private static final Pattern ISO =
            Pattern.compile(
                    "\\d{4}(-[01]\\d)*(-[0-3]\\d)*(T[0-2]\\d:[0-5]\\d:[0-5]\\d)*(\\.\\d+)?([+-][0-2]\\d:?[0-5]\\d|Z)?");
    private static final Pattern MONTH = Pattern.compile("\\d{4}-\\d\\d");
    private static final Pattern WITHOUT_ZONE =
            Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?");
    // More than an output can hold, and less than the memory.
    private static final int MAX_WIDTH = 1 << 20;
    // What encodeURI of JavaScript leaves as it is, beside letters and digits.
    private static final String URL_MARKS = ";,/?:@&=+$-_.!~*'()#";

    // Made once: each one's signature is compiled to a regular expression.
    private static final Map<String, JFunction> FUNCTIONS =
            Map.ofEntries(
                    function("string", "<x-b?:s>", 2, Corrections::string),
                    function("substring", "<s-nn?:s>", 3, Corrections::substring),
                    function("pad", "<s-ns?:s>", 3, Corrections::pad),
                    function("match", "<s-f<s:o>n?:a<o>>", 3, Matching::match),
                    function("replace", "<s-(sf)(sf)n?:s>", 4, Matching::replace),
                    function("encodeUrl", "<s-:s>", 1, Corrections::encodeUrl),
                    function("number", "<(nsb)-:n>", 1, Corrections::number),
                    function("count", "<x:n>", 1, Aggregates::count),
                    function("sum", "<a<n>:n>", 1, Aggregates::sum),
                    function("distinct", "<x:x>", 1, Aggregates::distinct),
                    function("sort", "<af?:a>", 2, Aggregates::sort),
                    function("formatNumber", "<n-so?:s>", 3, Corrections::formatNumber),
                    function("toMillis", "<s-s?:n>", 2, Corrections::toMillis));

    private Corrections() {}

    /** Binds those that an expression names. */
    static void bind(Jsonata.Frame frame, Set<String> names) {
        FUNCTIONS.forEach(
                (name, function) -> {
                    if (names.contains(name)) {
                        frame.bind(name, function);
                    }
                });
    }

    private static Map.Entry<String, JFunction> function(
            String name, String signature, int arguments, Arguments.Body body) {
        return Map.entry(name, Arguments.function(name, signature, arguments, body));
    }

    private static @Nullable Object string(Arguments arguments) {
        return arguments.has(0)
                ? Text.of(arguments.value(0), Boolean.TRUE.equals(arguments.get(1)))
                : null;
    }

    /** Counts code points, as the reference does. */
    private static @Nullable Object substring(Arguments arguments) {
        String text = arguments.text(0);
        if (text == null || !arguments.has(1)) {
            return text;
        }
        int size = text.codePointCount(0, text.length());
        long start = truncated(arguments, 1);
        long from = Math.clamp(start < 0 ? size + start : start, 0, size);
        // A start before the text is the text's start, also for the length.
        long counted = size + start < 0 ? 0 : from;
        long to = arguments.has(2) ? counted + Math.max(0, truncated(arguments, 2)) : size;
        int begin = text.offsetByCodePoints(0, (int) from);
        return text.substring(begin, text.offsetByCodePoints(0, (int) Math.clamp(to, from, size)));
    }

    private static long truncated(Arguments arguments, int index) {
        if (arguments.value(index) instanceof Number number) {
            return Math.clamp((long) number.doubleValue(), Integer.MIN_VALUE, Integer.MAX_VALUE);
        }
        throw arguments.unusable(index, "be a number");
    }

    private static @Nullable Object pad(Arguments arguments) {
        String text = arguments.text(0);
        if (text == null) {
            return null;
        }
        long width = truncated(arguments, 1);
        if (Math.abs(width) > MAX_WIDTH) {
            throw arguments.unusable(1, "be at most " + MAX_WIDTH);
        }
        String given = arguments.text(2);
        int[] fill = (given == null || given.isEmpty() ? " " : given).codePoints().toArray();
        int missing = (int) Math.abs(width) - text.codePointCount(0, text.length());
        StringBuilder padding = new StringBuilder();
        for (int i = 0; i < missing; i++) {
            padding.appendCodePoint(fill[i % fill.length]);
        }
        return width > 0 ? text + padding : padding + text;
    }

    private static @Nullable Object encodeUrl(Arguments arguments) {
        String text = arguments.text(0);
        if (text == null) {
            return null;
        }
        StringBuilder url = new StringBuilder();
        for (int i = 0; i < text.length(); i = text.offsetByCodePoints(i, 1)) {
            int c = text.codePointAt(i);
            if (c < 0x80 && (Character.isLetterOrDigit(c) || URL_MARKS.indexOf(c) >= 0)) {
                url.appendCodePoint(c);
            } else if (c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE) {
                throw new JException("D3140: Malformed URL passed to $encodeUrl()");
            } else {
                for (byte b : Character.toString(c).getBytes(StandardCharsets.UTF_8)) {
                    url.append("%%%02X".formatted(b));
                }
            }
        }
        return url.toString();
    }

    private static @Nullable Object number(Arguments arguments) {
        return switch (arguments.get(0)) {
            case null -> null;
            case Number number -> number;
            case Boolean flag -> flag ? 1 : 0;
            case String text when DECIMAL.matcher(text).matches() -> {
                double value = Double.parseDouble(text);
                if (Double.isInfinite(value)) {
                    throw notANumber(text);
                }
                yield Values.plain(value);
            }
            case String text when OTHER_BASE.matcher(text).matches() ->
                    Values.plain(Long.parseLong(text.substring(2), base(text.charAt(1))));
            case Object other -> throw notANumber(other);
        };
    }

    private static int base(char letter) {
        return switch (letter) {
            case 'x', 'X' -> 16;
            case 'o', 'O' -> 8;
            default -> 2;
        };
    }

    private static JException notANumber(Object value) {
        return new JException("D3030: Unable to cast value to a number: " + Text.of(value));
    }

    private static @Nullable Object formatNumber(Arguments arguments) {
        if (!(arguments.get(0) instanceof Number number)) {
            return null;
        }
        Map<?, ?> options = arguments.get(2) instanceof Map<?, ?> map ? map : null;
        // Decimal, because half of a binary number's last digit is never exactly half.
        return Functions.formatNumber(
                new BigDecimal(number.toString()), arguments.text(1), options);
    }

    /** A time without a zone is UTC, wherever this runs. */
    private static @Nullable Object toMillis(Arguments arguments) {
        String text = arguments.text(0);
        String picture = arguments.text(1);
        if (text != null && picture == null) {
            if (!ISO.matcher(text).matches()) {
                throw new JException("D3110: $toMillis takes an ISO 8601 timestamp, not " + text);
            }
            if (MONTH.matcher(text).matches()) {
                text += "-01";
            } else if (WITHOUT_ZONE.matcher(text).matches()) {
                text += "Z";
            }
        }
        try {
            return Functions.dateTimeToMillis(text, picture);
        } catch (ParseException e) {
            throw new JException("$toMillis: " + e.getMessage());
        }
    }
}
