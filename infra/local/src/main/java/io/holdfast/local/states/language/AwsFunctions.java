package io.holdfast.local.states.language;

import com.dashjoin.jsonata.Functions;
import com.dashjoin.jsonata.JException;
import com.dashjoin.jsonata.Jsonata;
import com.dashjoin.jsonata.Jsonata.JFunction;
import com.dashjoin.jsonata.Utils;
import com.fasterxml.jackson.core.JsonProcessingException;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.UUID;

/**
 * The functions that Step Functions adds to JSONata, and those that depend on time and chance.
 * {@code $eval} is taken away: as on AWS, calling it is calling a non-function.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/step-functions/latest/dg/transforming-data.html#jsonata-functions-provided-by-sfn">JSONata
 *     functions provided by Step Functions</a>
 */
final class AwsFunctions {
    private static final Set<String> ALGORITHMS =
            Set.of("MD5", "SHA-1", "SHA-256", "SHA-384", "SHA-512");
    private static final int MAX_RANGE = 1_000_000;

    private AwsFunctions() {}

    static void bind(Jsonata.Frame frame, Environment environment) {
        frame.bind("eval", (Object) null);
        frame.bind("partition", function(AwsFunctions::partition));
        frame.bind("range", function(AwsFunctions::range));
        frame.bind("hash", function(AwsFunctions::hash));
        frame.bind("parse", function(AwsFunctions::parse));
        frame.bind("uuid", function(_ -> uuid(environment)));
        frame.bind("random", function(arguments -> random(arguments, environment)));
        long now = environment.clock.millis();
        frame.bind("millis", function(_ -> now));
        frame.bind(
                "now",
                function(
                        arguments ->
                                Functions.dateTimeFromMillis(
                                        now, text(arguments, 0), text(arguments, 1))));
    }

    private interface Body {
        @Nullable Object call(List<?> arguments);
    }

    private static JFunction function(Body body) {
        return new JFunction((_, arguments) -> body.call(arguments), null);
    }

    private static @Nullable Object partition(List<?> arguments) {
        Object source = argument(arguments, 0);
        if (source == null) {
            return null;
        }
        int size = integer(arguments, 1, "partition");
        if (size < 1) {
            throw new JException("$partition: the size must be positive, but is " + size + ".");
        }
        List<?> items = source instanceof List<?> list ? list : List.of(source);
        List<Object> parts = new ArrayList<>();
        for (int from = 0; from < items.size(); from += size) {
            parts.add(new ArrayList<>(items.subList(from, Math.min(items.size(), from + size))));
        }
        return parts;
    }

    /** A sequence: as on AWS, one element alone is not an array. */
    private static @Nullable Object range(List<?> arguments) {
        if (argument(arguments, 0) == null || argument(arguments, 1) == null) {
            return null;
        }
        int start = integer(arguments, 0, "range");
        int end = integer(arguments, 1, "range");
        int step = integer(arguments, 2, "range");
        if (step == 0) {
            throw new JException("$range: the step must not be 0.");
        }
        long count = Math.max(0, ((long) end - start) / step + 1);
        if ((step > 0) != (end >= start) && end != start) {
            count = 0;
        }
        if (count > MAX_RANGE) {
            throw new JException("$range: " + count + " numbers are too many.");
        }
        List<Object> numbers = Utils.createSequence();
        for (long i = 0; i < count; i++) {
            numbers.add((int) (start + i * step));
        }
        return numbers;
    }

    private static @Nullable Object hash(List<?> arguments) {
        Object data = argument(arguments, 0);
        if (data == null) {
            return null;
        }
        String algorithm = text(arguments, 1);
        if (algorithm == null || !ALGORITHMS.contains(algorithm)) {
            throw new JException(
                    "$hash: the algorithm must be MD5, SHA-1, SHA-256, SHA-384 or SHA-512.");
        }
        String text = data instanceof String string ? string : Json.write(Values.fromJsonata(data));
        try {
            byte[] digest =
                    MessageDigest.getInstance(algorithm)
                            .digest(text.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static @Nullable Object parse(List<?> arguments) {
        Object text = argument(arguments, 0);
        if (text == null) {
            return null;
        }
        if (!(text instanceof String json)) {
            throw new JException("$parse: the argument must be a string.");
        }
        try {
            return Values.toJsonata(Json.read(json));
        } catch (JsonProcessingException e) {
            throw new JException("$parse: " + e.getOriginalMessage());
        }
    }

    private static Object uuid(Environment environment) {
        long high = (environment.random.nextLong() & ~0xf000L) | 0x4000L; // version 4
        long low = (environment.random.nextLong() >>> 2) | Long.MIN_VALUE; // IETF variant
        return new UUID(high, low).toString();
    }

    private static Object random(List<?> arguments, Environment environment) {
        if (argument(arguments, 0) == null) {
            return environment.random.nextDouble();
        }
        if (argument(arguments, 0) instanceof Number seed) {
            return new Random(Double.doubleToLongBits(seed.doubleValue())).nextDouble();
        }
        throw new JException("$random: the seed must be a number.");
    }

    private static @Nullable Object argument(List<?> arguments, int index) {
        return index < arguments.size() ? arguments.get(index) : null;
    }

    private static @Nullable String text(List<?> arguments, int index) {
        return argument(arguments, index) instanceof String text ? text : null;
    }

    private static int integer(List<?> arguments, int index, String function) {
        if (argument(arguments, index) instanceof Number number
                && number.intValue() == number.doubleValue()) {
            return number.intValue();
        }
        throw new JException("$" + function + ": argument " + (index + 1) + " must be an integer.");
    }
}
