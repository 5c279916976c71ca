package io.holdfast.local.states.language;

import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import com.dashjoin.jsonata.Utils;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * Functions over arrays: {@code $count} (which in the library counts no null), {@code $sum} (which
 * adds otherwise than {@code +} does), {@code $distinct}, and {@code $sort} (which mixes up what
 * its comparator finds equal).
 */
final class Aggregates {
    private Aggregates() {}

    static Object count(Arguments arguments) {
        return arguments.get(0) instanceof List<?> list ? list.size() : arguments.has(0) ? 1 : 0;
    }

    static @Nullable Object sum(Arguments arguments) {
        if (!(arguments.get(0) instanceof List<?> numbers)) {
            return null;
        }
        double sum = 0;
        for (Object number : numbers) {
            sum += ((Number) number).doubleValue(); // The signature lets nothing else pass.
        }
        return Values.plain(sum);
    }

    /** An array's one distinct element stays an array; a sequence's does not. */
    static @Nullable Object distinct(Arguments arguments) {
        Object value = arguments.get(0);
        if (!(value instanceof List<?> list) || list.size() <= 1) {
            return value;
        }
        List<Object> result = Utils.isSequence(list) ? Utils.createSequence() : new ArrayList<>();
        result.addAll(new LinkedHashSet<>(list));
        return result;
    }

    /** Merges, as the reference does: the comparator says whether two have to change places. */
    static @Nullable Object sort(Arguments arguments) {
        if (!(arguments.get(0) instanceof List<?> list) || list.size() <= 1) {
            return arguments.get(0);
        }
        Object function = arguments.get(1);
        if (function != null) {
            return sorted(list, (left, right) -> isTrue(function, left, right));
        }
        if (list.stream().allMatch(Number.class::isInstance)) {
            return sorted(
                    list,
                    (left, right) ->
                            ((Number) left).doubleValue() > ((Number) right).doubleValue());
        }
        if (list.stream().allMatch(String.class::isInstance)) {
            return sorted(list, (left, right) -> ((String) left).compareTo((String) right) > 0);
        }
        throw new JException(
                "D3070: $sort takes an array of strings or of numbers, or a function that"
                        + " compares");
    }

    private interface After {
        boolean test(Object left, Object right);
    }

    private static List<Object> sorted(List<?> list, After after) {
        if (list.size() <= 1) {
            return new ArrayList<>(list);
        }
        int middle = list.size() / 2;
        List<Object> left = sorted(list.subList(0, middle), after);
        List<Object> right = sorted(list.subList(middle, list.size()), after);
        List<Object> result = new ArrayList<>(list.size());
        int l = 0;
        int r = 0;
        while (l < left.size() && r < right.size()) {
            result.add(after.test(left.get(l), right.get(r)) ? right.get(r++) : left.get(l++));
        }
        result.addAll(left.subList(l, left.size()));
        result.addAll(right.subList(r, right.size()));
        return result;
    }

    private static boolean isTrue(Object function, Object left, Object right) {
        Object result = Calls.apply(function, List.of(left, right));
        return result != null && Jsonata.boolize(result);
    }
}
