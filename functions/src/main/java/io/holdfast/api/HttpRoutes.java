package io.holdfast.api;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The routes of the HTTP API. */
final class HttpRoutes {
    /**
     * SQS takes 256 KB ("Amazon SQS message quotas"), and DynamoDB items of 400 KB, which other
     * characters may grow into.
     */
    private static final int MAX_BODY_BYTES = 200_000;

    private final Map<String, Route> routes = new HashMap<>();

    HttpRoutes(Guard guard, List<Route.Group> groups) {
        routes.put("GET /openapi.json", request -> Description.answer());
        groups.forEach(group -> routes.putAll(group.routes(guard)));
    }

    HttpResponse answer(HttpRequest request) {
        if (request.bodyBytes() > MAX_BODY_BYTES) {
            return HttpResponse.problem(
                    Problem.TOO_LARGE,
                    "At most %,d bytes are taken. Store more elsewhere, and send where it is."
                            .formatted(MAX_BODY_BYTES));
        }
        return routes.getOrDefault(request.route(), HttpRoutes::nothing).answer(request);
    }

    private static HttpResponse nothing(HttpRequest request) {
        return HttpResponse.problem(
                Problem.NOT_FOUND, "There is nothing at " + request.path() + ".");
    }
}
