package io.holdfast.access;

import io.holdfast.platform.ConfigReader;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * Of which sites pages may open a connection. A WebSocket knows no CORS: the server itself must
 * look at {@code Origin} (RFC 6455, section 10.2).
 */
public final class Origins {
    private final List<String> allowed;

    /** Those of this list, as API Gateway reads its CORS configuration; of an empty one, all. */
    public Origins(List<String> allowed) {
        this.allowed = List.copyOf(allowed);
    }

    /** Reads {@code ALLOWED_ORIGINS}. */
    public static Origins from(ConfigReader config) {
        return new Origins(config.list("ALLOWED_ORIGINS"));
    }

    /**
     * Whether a connection may be opened.
     *
     * @param origin what the browser says; absent where it is none, which may do as it likes anyway
     */
    public boolean admit(@Nullable String origin) {
        return origin == null
                || allowed.isEmpty()
                || allowed.stream().anyMatch(pattern -> matches(pattern, origin));
    }

    private static boolean matches(String pattern, String origin) {
        return switch (pattern) {
            case "*" -> true;
            case "http://*", "https://*" ->
                    origin.startsWith(pattern.substring(0, pattern.length() - 1));
            default -> origin.equalsIgnoreCase(pattern);
        };
    }
}
