package io.holdfast.api;

import java.util.Map;

/** What the HTTP API does at one of its addresses. */
interface Route {
    HttpResponse answer(HttpRequest request);

    /** Some addresses about one thing. */
    interface Group {
        /**
         * What is at which address.
         *
         * @param guard lets callers in, and to what is theirs
         * @return by route key, {@code GET /sessions/{sessionId}}
         */
        Map<String, Route> routes(Guard guard);
    }
}
