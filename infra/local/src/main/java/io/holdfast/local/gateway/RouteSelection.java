package io.holdfast.local.gateway;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Finds the route that a frame names, by a selection expression such as {@code $request.body.type}.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/websocket-api-develop-routes.html">Route
 *     selection expressions</a>
 */
final class RouteSelection {
    private static final String BODY = "$request.body.";

    private final List<String> fields;

    /** Refuses an expression that is not a path into the body: AWS knows no other for frames. */
    RouteSelection(String expression) {
        // Both spellings are accepted there: $request.body.type and ${request.body.type}.
        String plain =
                expression.startsWith("${") && expression.endsWith("}")
                        ? "$" + expression.substring(2, expression.length() - 1)
                        : expression;
        if (!plain.startsWith(BODY) || plain.length() == BODY.length()) {
            throw new IllegalArgumentException(
                    "Route selection expression not supported: " + expression);
        }
        fields = List.of(plain.substring(BODY.length()).split("\\."));
    }

    /** The key that the body names, or null if it is no JSON or names none. */
    @Nullable String keyOf(String body) {
        JsonNode node = Json.parse(body.getBytes(StandardCharsets.UTF_8));
        for (String field : fields) {
            node = node == null ? null : node.get(field);
        }
        return node != null && node.isValueNode() && !node.isNull() ? node.asText() : null;
    }
}
