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

    private static final JFunction PARTITION =
            Arguments.function("partition", "<xn?:a>", 2, AwsFunctions::partition);
    private static final JFunction RANGE =
            Arguments.function("range", "<nnn:a>", 3, AwsFunctions::range);
    private static final JFunction HASH =
            Arguments.function("hash", "<ss:s>", 2, AwsFunctions::hash);
    private static final JFunction PARSE =
            Arguments.function("parse", "<s:x>", 1, AwsFunctions::parse);

    private AwsFunctions() {}

    /** Binds those that an expression names. */
    static void bind(Jsonata.Frame frame, Environment environment, Set<String> names) {
        frame.bind("eval", (Object) null);
        long now = environment.clock.millis();
        for (String name : names) {
            JFunction function =
                    switch (name) {
                        case "partition" -> PARTITION;
                        case "range" -> RANGE;
                        case "hash" -> HASH;
                        case "parse" -> PARSE;
                        case "uuid" -> Arguments.function(name, "<:s>", 0, _ -> uuid(environment));
                        case "random" ->
                                Arguments.function(
                                        name, "<n?:n>", 1, given -> random(given, environment));
                        case "millis" -> Arguments.function(name, "<:n>", 0, _ -> now);
                        case "now" ->
                                Arguments.function(name, "<s?s?:s>", 2, given -> now(given, now));
                        default -> null;
                    };
            if (function != null) {
                frame.bind(name, function);
            }
        }
    }

    private static @Nullable Object now(Arguments arguments, long millis) {
        return Functions.dateTimeFromMillis(millis, arguments.text(0), arguments.text(1));
    }

    /** Without a size, one part: as recorded from AWS. */
    private static @Nullable Object partition(Arguments arguments) {
        if (!arguments.has(0)) {
            return null;
        }
        if (!(arguments.value(0) instanceof List<?> items)) {
            throw arguments.unusable(0, "be an array");
        }
        int size = arguments.has(1) ? arguments.integer(1) : Math.max(1, items.size());
        if (size < 1) {
            throw arguments.unusable(1, "be positive");
        }
        List<Object> parts = new ArrayList<>();
        for (int from = 0; from < items.size(); from += size) {
            parts.add(new ArrayList<>(items.subList(from, Math.min(items.size(), from + size))));
        }
        return parts;
    }

    /** A sequence: as on AWS, one element alone is not an array. */
    private static @Nullable Object range(Arguments arguments) {
        if (!arguments.has(0) || !arguments.has(1)) {
            return null;
        }
        int start = arguments.integer(0);
        int end = arguments.integer(1);
        int step = arguments.integer(2);
        if (step == 0) {
            throw arguments.unusable(2, "not be 0");
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

    private static @Nullable Object hash(Arguments arguments) {
        String data = arguments.text(0);
        if (data == null) {
            return null;
        }
        if (!ALGORITHMS.contains(arguments.value(1))) {
            throw arguments.unusable(1, "be MD5, SHA-1, SHA-256, SHA-384 or SHA-512");
        }
        try {
            byte[] digest =
                    MessageDigest.getInstance(String.valueOf(arguments.text(1)))
                            .digest(data.getBytes(StandardCharsets.UTF_8));
            return HexFormat.of().formatHex(digest);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private static @Nullable Object parse(Arguments arguments) {
        String text = arguments.text(0);
        if (text == null) {
            return null;
        }
        try {
            return Values.toJsonata(Json.read(text));
        } catch (JsonProcessingException e) {
            throw new JException("$parse: " + e.getOriginalMessage());
        }
    }

    private static Object uuid(Environment environment) {
        long high = (environment.random.nextLong() & ~0xf000L) | 0x4000L; // version 4
        long low = (environment.random.nextLong() >>> 2) | Long.MIN_VALUE; // IETF variant
        return new UUID(high, low).toString();
    }

    private static Object random(Arguments arguments, Environment environment) {
        return arguments.has(0)
                ? new Random(arguments.integer(0)).nextDouble()
                : environment.random.nextDouble();
    }
}
