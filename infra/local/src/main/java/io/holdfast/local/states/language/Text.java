package io.holdfast.local.states.language;

import com.dashjoin.jsonata.Functions;
import com.dashjoin.jsonata.Jsonata;
import com.dashjoin.jsonata.Utils;
import com.fasterxml.jackson.core.io.JsonStringEncoder;

import org.jspecify.annotations.Nullable;

import java.math.BigDecimal;
import java.math.MathContext;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * Values as {@code $string} and {@code &} write them, which is as JavaScript writes JSON, with
 * numbers cut to 15 digits. The library's own writes 110.00000000000001 as {@code 1.1e+2}, and
 * escapes characters such as the euro sign.
 *
 * @see <a href="https://docs.jsonata.org/string-functions#string">$string</a>
 */
final class Text {
    private static final MathContext DIGITS = new MathContext(15);

    private final StringBuilder out = new StringBuilder();
    private final boolean pretty;

    private Text(boolean pretty) {
        this.pretty = pretty;
    }

    static String of(Object value) {
        return of(value, false);
    }

    /** A string is itself, a function is nothing, anything else is JSON. */
    static String of(Object value, boolean pretty) {
        if (value instanceof String text) {
            return text;
        }
        if (isFunction(value)) {
            return "";
        }
        Text text = new Text(pretty);
        text.write(value, 0);
        return text.out.toString();
    }

    private void write(Object value, int depth) {
        switch (value) {
            case String text -> quote(text);
            case Number number -> out.append(number(number));
            case Map<?, ?> map -> {
                Iterator<? extends Map.Entry<?, ?>> entries = map.entrySet().iterator();
                group('{', '}', map.size(), depth, () -> entry(entries.next(), depth + 1));
            }
            case List<?> list -> {
                Iterator<?> items = list.iterator();
                group('[', ']', list.size(), depth, () -> writeOrNull(items.next(), depth + 1));
            }
            default -> {
                if (isFunction(value)) {
                    out.append("\"\"");
                } else if (value instanceof Boolean || Jsonata.NULL_VALUE.equals(value)) {
                    out.append(value);
                } else {
                    throw new IllegalArgumentException("A value of this kind has no text.");
                }
            }
        }
    }

    private void writeOrNull(@Nullable Object value, int depth) {
        write(value == null ? Jsonata.NULL_VALUE : value, depth);
    }

    private void entry(Map.Entry<?, ?> entry, int depth) {
        quote(String.valueOf(entry.getKey()));
        out.append(pretty ? ": " : ":");
        writeOrNull(entry.getValue(), depth);
    }

    private void group(char open, char close, int size, int depth, Runnable item) {
        out.append(open);
        for (int i = 0; i < size; i++) {
            out.append(i == 0 ? "" : ",");
            line(depth + 1);
            item.run();
        }
        if (size > 0) {
            line(depth);
        }
        out.append(close);
    }

    private void line(int depth) {
        if (pretty) {
            out.append('\n').append("  ".repeat(depth));
        }
    }

    private void quote(String text) {
        out.append('"').append(JsonStringEncoder.getInstance().quoteAsString(text)).append('"');
    }

    private static boolean isFunction(Object value) {
        return value instanceof Pattern || Functions.isLambda(value) || Utils.isFunction(value);
    }

    /**
     * The number as JavaScript writes it.
     *
     * @see <a
     *     href="https://tc39.es/ecma262/#sec-numeric-types-number-tostring">Number::toString</a>
     */
    static String number(Number number) {
        BigDecimal exact = new BigDecimal(number.toString());
        boolean whole = exact.stripTrailingZeros().scale() <= 0;
        BigDecimal value = (whole ? exact : exact.round(DIGITS)).stripTrailingZeros();
        if (value.signum() == 0) {
            return "0";
        }
        String digits = value.unscaledValue().abs().toString();
        int point = digits.length() - value.scale();
        String sign = value.signum() < 0 ? "-" : "";
        if (point > 21 || point < -5) {
            String fraction = digits.length() == 1 ? "" : "." + digits.substring(1);
            String exponent = (point > 0 ? "e+" : "e-") + Math.abs(point - 1);
            return sign + digits.charAt(0) + fraction + exponent;
        }
        return sign + value.toPlainString().replaceFirst("^-", "");
    }
}
