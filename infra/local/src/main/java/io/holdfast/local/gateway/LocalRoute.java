package io.holdfast.local.gateway;

/**
 * Where a {@link LocalHandler} is asked, before the routes of the HTTP API.
 *
 * @param method a method in capitals, or {@code ANY}; {@code GET} takes {@code HEAD} as well
 * @param path the exact path, or, when it ends in {@code /}, every path that starts with it
 */
public record LocalRoute(String method, String path, LocalHandler handler) {

    boolean matches(String requestMethod, String requestPath) {
        boolean methodFits =
                method.equals(HttpRoute.ANY)
                        || method.equals(requestMethod)
                        || (method.equals("GET") && requestMethod.equals("HEAD"));
        return methodFits
                && (path.endsWith("/") ? requestPath.startsWith(path) : requestPath.equals(path));
    }
}
