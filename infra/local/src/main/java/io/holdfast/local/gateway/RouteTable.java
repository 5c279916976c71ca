package io.holdfast.local.gateway;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds the most specific route for a request: a full match before a greedy one before {@code
 * $default}, text before variables, a method before {@code ANY}.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-routes.html#http-api-develop-routes.evaluation">Routing
 *     API requests</a>
 */
final class RouteTable {
    private final List<Candidate> candidates;

    RouteTable(List<HttpRoute> routes) {
        List<Candidate> sorted = new ArrayList<>();
        routes.forEach(route -> sorted.add(new Candidate(route, segments(route.path()))));
        sorted.sort(Comparator.comparing(Candidate::rank));
        candidates = List.copyOf(sorted);
    }

    /** A route that fits, and what its variables are, decoded. */
    record Match(HttpRoute route, Map<String, String> pathParameters) {}

    @Nullable Match find(String method, String rawPath) {
        List<String> path = segments(rawPath);
        for (Candidate candidate : candidates) {
            String wanted = candidate.route().method();
            if (wanted.equals(HttpRoute.ANY) || wanted.equals(method)) {
                Map<String, String> parameters = candidate.match(path);
                if (parameters != null) {
                    return new Match(candidate.route(), parameters);
                }
            }
        }
        return null;
    }

    private static List<String> segments(String path) {
        return List.of(path.substring(1).split("/", -1));
    }

    private record Candidate(HttpRoute route, List<String> segments) {

        /** Sorts the most specific route first: each segment has a digit, the method the last. */
        String rank() {
            StringBuilder rank = new StringBuilder();
            if (isDefault()) {
                rank.append('9');
            } else {
                rank.append(greedy(segments.getLast()) ? '1' : '0');
                for (String segment : segments) {
                    rank.append(greedy(segment) ? '3' : variable(segment) ? '2' : '1');
                }
            }
            return rank.append(route.method().equals(HttpRoute.ANY) ? '8' : '7').toString();
        }

        private boolean isDefault() {
            return route.path().equals(HttpRoute.DEFAULT);
        }

        @Nullable Map<String, String> match(List<String> path) {
            Map<String, String> parameters = new LinkedHashMap<>();
            if (isDefault()) {
                return parameters;
            }
            for (int i = 0; i < segments.size(); i++) {
                String segment = segments.get(i);
                if (i >= path.size() || (variable(segment) && path.get(i).isEmpty())) {
                    return null;
                }
                if (greedy(segment)) {
                    String rest = String.join("/", path.subList(i, path.size()));
                    parameters.put(
                            segment.substring(1, segment.length() - 2),
                            QueryString.decodeSegment(rest));
                    return parameters;
                }
                String value = QueryString.decodeSegment(path.get(i));
                if (variable(segment)) {
                    parameters.put(segment.substring(1, segment.length() - 1), value);
                } else if (!segment.equals(value)) {
                    return null;
                }
            }
            return path.size() == segments.size() ? parameters : null;
        }

        private static boolean variable(String segment) {
            return segment.startsWith("{") && segment.endsWith("}");
        }

        private static boolean greedy(String segment) {
            return variable(segment) && segment.endsWith("+}");
        }
    }
}
