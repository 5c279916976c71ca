package io.holdfast.local.gateway;

import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;

import java.util.List;

/** Applies a {@link Cors} configuration: the gateway's word is the only one. */
final class CorsRules {
    private static final String PREFIX = "access-control-";

    private final Cors cors;

    CorsRules(Cors cors) {
        this.cors = cors;
    }

    static boolean isPreflight(Request request) {
        return request.getMethod().equals("OPTIONS")
                && request.getHeaders().contains(HttpHeader.ORIGIN)
                && request.getHeaders().contains("Access-Control-Request-Method");
    }

    /** Whether AWS ignores this header of a function's answer because CORS is configured. */
    static boolean owns(String lowerCaseName) {
        return lowerCaseName.startsWith(PREFIX);
    }

    /** Adds the headers of a preflight's answer; none if the origin is not allowed. */
    void preflight(Request request, HttpFields.Mutable headers) {
        if (origin(request, headers)) {
            put(headers, "allow-methods", cors.allowMethods());
            put(headers, "allow-headers", cors.allowHeaders());
            if (cors.maxAgeSeconds() != null) {
                put(headers, "max-age", List.of(cors.maxAgeSeconds().toString()));
            }
        }
    }

    /** Adds the headers of an ordinary answer. */
    void answer(Request request, HttpFields.Mutable headers) {
        if (origin(request, headers)) {
            put(headers, "expose-headers", cors.exposeHeaders());
        }
    }

    private boolean origin(Request request, HttpFields.Mutable headers) {
        String allowed = allowedOrigin(request.getHeaders().get(HttpHeader.ORIGIN));
        if (allowed == null) {
            return false;
        }
        put(headers, "allow-origin", List.of(allowed));
        if (!allowed.equals("*")) {
            headers.add(HttpHeader.VARY, "Origin");
        }
        if (cors.allowCredentials()) {
            put(headers, "allow-credentials", List.of("true"));
        }
        return true;
    }

    private @Nullable String allowedOrigin(@Nullable String origin) {
        if (origin == null) {
            return null;
        }
        for (String allowed : cors.allowOrigins()) {
            if (allowed.equals("*")) {
                return "*";
            }
            boolean wholeScheme = allowed.equals("http://*") || allowed.equals("https://*");
            if (wholeScheme
                    ? origin.startsWith(allowed.substring(0, allowed.length() - 1))
                    : origin.equalsIgnoreCase(allowed)) {
                return origin;
            }
        }
        return null;
    }

    private static void put(HttpFields.Mutable headers, String name, List<String> values) {
        if (!values.isEmpty()) {
            headers.put(PREFIX + name, String.join(",", values));
        }
    }
}
