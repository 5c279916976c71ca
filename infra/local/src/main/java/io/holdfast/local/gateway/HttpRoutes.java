package io.holdfast.local.gateway;

import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.Map;

/** The HTTP API: each request goes to the function of its route. */
final class HttpRoutes {
    private static final Logger log = LoggerFactory.getLogger(HttpRoutes.class);

    private final RouteTable routes;
    private final @Nullable CorsRules cors;
    private final HttpEvents events;
    private final Workings workings;

    HttpRoutes(HttpApi api, Workings workings) {
        this.routes = new RouteTable(api.routes());
        this.cors = api.cors() == null ? null : new CorsRules(api.cors());
        this.events = new HttpEvents(api, workings);
        this.workings = workings;
    }

    /** Answers the request; blocks while the function runs. */
    void handle(Request request, byte[] body, Response response, Callback callback) {
        if (cors != null && CorsRules.isPreflight(request)) {
            cors.preflight(request, response.getHeaders());
            Answers.bytes(response, callback, HttpStatus.NO_CONTENT_204, new byte[0]);
            return;
        }
        if (cors != null) {
            cors.answer(request, response.getHeaders());
        }
        RouteTable.Match match = routes.find(request.getMethod(), request.getHttpURI().getPath());
        if (match == null) {
            Answers.message(response, callback, HttpStatus.NOT_FOUND_404, "Not Found");
            return;
        }
        String function = match.route().functionName();
        var event = events.event(request, match, body);
        Integration.Outcome outcome =
                workings.integration()
                        .invoke(function, event, workings.limits().httpIntegrationTimeout());
        switch (outcome) {
            case Integration.Outcome.Answered answered -> {
                HttpAnswer answer = HttpAnswer.parse(answered.payload());
                if (answer == null) {
                    log.warn("{} returned what is no answer of format 2.0", function);
                    internalServerError(response, callback);
                } else {
                    write(answer, response, callback);
                }
            }
            case Integration.Outcome.Failed _ -> internalServerError(response, callback);
            case Integration.Outcome.TimedOut _ ->
                    Answers.message(
                            response,
                            callback,
                            HttpStatus.SERVICE_UNAVAILABLE_503,
                            "Service Unavailable");
        }
    }

    private void write(HttpAnswer answer, Response response, Callback callback) {
        for (Map.Entry<String, String> header : answer.headers().entrySet()) {
            boolean gatewaysOwn =
                    header.getKey().equals("content-length")
                            || header.getKey().equals("transfer-encoding")
                            || (cors != null && CorsRules.owns(header.getKey()));
            if (!gatewaysOwn) {
                response.getHeaders().add(header.getKey(), header.getValue());
            }
        }
        answer.cookies()
                .forEach(cookie -> response.getHeaders().add(HttpHeader.SET_COOKIE, cookie));
        Answers.bytes(response, callback, answer.status(), answer.body());
    }

    private static void internalServerError(Response response, Callback callback) {
        Answers.message(
                response, callback, HttpStatus.INTERNAL_SERVER_ERROR_500, "Internal Server Error");
    }
}
