package io.holdfast.local;

import io.holdfast.local.gateway.GatewayLimits;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiPredicate;
import java.util.function.ObjIntConsumer;

/** The gateway's limits by variables, for tests and rehearsals; those of AWS where unset. */
final class GatewayVariables {
    private static final String PREFIX = "HOLDFAST_GATEWAY_";

    private static final BigDecimal SHORTEST = new BigDecimal("0.001");

    /** Four months: longer than any rehearsal. */
    private static final BigDecimal LONGEST = BigDecimal.valueOf(10_000_000);

    private static final List<Limit> LIMITS =
            List.of(
                    seconds("INTEGRATION_SECONDS", (l, value) -> l.integrationTimeout = value),
                    seconds(
                            "HTTP_INTEGRATION_SECONDS",
                            (l, value) -> l.httpIntegrationTimeout = value),
                    seconds("IDLE_SECONDS", (l, value) -> l.idleTimeout = value),
                    seconds("CONNECTION_SECONDS", (l, value) -> l.maxConnectionAge = value),
                    seconds("POST_SECONDS", (l, value) -> l.postTimeout = value),
                    number("FRAME_BYTES", (l, value) -> l.maxFrameBytes = value),
                    number("MESSAGE_BYTES", (l, value) -> l.maxMessageBytes = value),
                    number("HTTP_BODY_BYTES", (l, value) -> l.maxHttpBody = value),
                    number("CONNECTIONS", (l, value) -> l.maxConnections = value),
                    number("FRAMES_IN_FLIGHT", (l, value) -> l.inFlightPerConnection = value),
                    number("WAITING_POSTS", (l, value) -> l.waitingPostsPerConnection = value));

    /** Sets one limit from its text; what it wants says why it could not. */
    private record Limit(
            String variable, String wants, BiPredicate<GatewayLimits.Draft, String> set) {}

    private GatewayVariables() {}

    /** Reads them; what is wrong goes to the faults, a line each. */
    static GatewayLimits read(Map<String, String> environment, List<String> faults) {
        environment.keySet().stream()
                .filter(name -> name.startsWith(PREFIX))
                .filter(name -> LIMITS.stream().noneMatch(limit -> limit.variable().equals(name)))
                .sorted()
                .forEach(name -> faults.add("There is no limit " + name + "."));
        return GatewayLimits.DEFAULT.with(
                draft -> {
                    for (Limit limit : LIMITS) {
                        String text = environment.getOrDefault(limit.variable(), "").strip();
                        if (!text.isEmpty() && !limit.set().test(draft, text)) {
                            faults.add(
                                    limit.variable()
                                            + " must be "
                                            + limit.wants()
                                            + ", not '"
                                            + text
                                            + "'.");
                        }
                    }
                    checkSizes(draft, faults);
                });
    }

    private static void checkSizes(GatewayLimits.Draft draft, List<String> faults) {
        if (draft.maxMessageBytes < draft.maxFrameBytes) {
            faults.add(
                    PREFIX
                            + "MESSAGE_BYTES ("
                            + draft.maxMessageBytes
                            + ") must not be less than "
                            + PREFIX
                            + "FRAME_BYTES ("
                            + draft.maxFrameBytes
                            + ").");
            draft.maxMessageBytes = draft.maxFrameBytes;
        }
    }

    private static Limit seconds(String name, BiConsumer<GatewayLimits.Draft, Duration> set) {
        return new Limit(
                PREFIX + name,
                "seconds from 0.001 to 10000000",
                (draft, text) -> {
                    try {
                        BigDecimal seconds = new BigDecimal(text);
                        if (seconds.compareTo(SHORTEST) < 0 || seconds.compareTo(LONGEST) > 0) {
                            return false;
                        }
                        set.accept(draft, Duration.ofMillis(seconds.movePointRight(3).longValue()));
                        return true;
                    } catch (NumberFormatException e) {
                        return false;
                    }
                });
    }

    private static Limit number(String name, ObjIntConsumer<GatewayLimits.Draft> set) {
        return new Limit(
                PREFIX + name,
                "a whole number from 1 to " + Integer.MAX_VALUE,
                (draft, text) -> {
                    try {
                        int number = Integer.parseInt(text);
                        if (number < 1) {
                            return false;
                        }
                        set.accept(draft, number);
                        return true;
                    } catch (NumberFormatException e) {
                        return false;
                    }
                });
    }
}
