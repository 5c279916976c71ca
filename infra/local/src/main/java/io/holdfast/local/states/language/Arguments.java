package io.holdfast.local.states.language;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import com.dashjoin.jsonata.Jsonata.JFunction;
import com.dashjoin.jsonata.OpenJsonata;

import org.jspecify.annotations.Nullable;

import java.util.List;

/** What a function was called with; the library lets null pass where nothing may stand. */
record Arguments(String function, List<?> values) {
    /** What a function does. */
    interface Body {
        @Nullable Object call(Arguments arguments);
    }

    /**
     * Makes a function.
     *
     * @param signature as JSONata writes it, such as {@code <s-n?:s>}
     * @param most how many arguments it takes
     */
    static JFunction function(String name, String signature, int most, Body body) {
        return OpenJsonata.function(
                name, signature, most, given -> body.call(new Arguments(name, given)));
    }

    /** Whether the argument is there and defined. */
    boolean has(int index) {
        return index < values.size() && values.get(index) != null;
    }

    @Nullable Object get(int index) {
        return has(index) ? values.get(index) : null;
    }

    Object value(int index) {
        Object value = get(index);
        if (value == null) {
            throw unusable(index, "be there");
        }
        return value;
    }

    @Nullable String text(int index) {
        return switch (get(index)) {
            case null -> null;
            case String text -> text;
            default -> throw unusable(index, "be a string");
        };
    }

    /** "Functions that require integer values will automatically round down" (AWS). */
    int integer(int index) {
        if (value(index) instanceof Number number) {
            double whole = Math.floor(number.doubleValue());
            if ((int) whole == whole) {
                return (int) whole;
            }
        }
        throw unusable(index, "be an integer");
    }

    /** A limit, or absent. */
    @Nullable Integer limit(int index) {
        if (!has(index)) {
            return null;
        }
        int limit = integer(index);
        if (limit < 0) {
            throw unusable(index, "not be negative");
        }
        return limit;
    }

    JException unusable(int index, String must) {
        String found = Jsonata.NULL_VALUE.equals(get(index)) ? " It is null." : "";
        return new JException(
                "$%s: argument %d must %s.%s".formatted(function, index + 1, must, found));
    }
}
