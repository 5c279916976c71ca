package io.holdfast.local.gateway;

/**
 * A route of an HTTP API and the function behind it.
 *
 * @param method a method in capitals, or {@code ANY}
 * @param path segments that are text, {@code {name}} or, as the last one, {@code {name+}} for one
 *     or more segments; or {@code $default} for whatever no other route takes
 * @param functionName the function's name
 */
public record HttpRoute(String method, String path, String functionName) {

    static final String ANY = "ANY";
    static final String DEFAULT = "$default";

    /** Refuses a path that is neither absolute nor {@code $default}. */
    public HttpRoute {
        if (!path.startsWith("/") && !path.equals(DEFAULT)) {
            throw new IllegalArgumentException("The path must start with /: " + path);
        }
    }

    /** The route's key as the events carry it, such as {@code GET /health}. */
    public String routeKey() {
        return path.equals(DEFAULT) ? DEFAULT : method + " " + path;
    }
}
