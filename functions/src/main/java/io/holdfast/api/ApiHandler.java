package io.holdfast.api;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;

import io.holdfast.platform.Json;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Map;
import java.util.function.Function;

/** The HTTP function: every route of the HTTP API. */
public final class ApiHandler implements RequestStreamHandler {
    private static final Logger LOG = LoggerFactory.getLogger(ApiHandler.class);

    private final Function<HttpRequest, HttpResponse> routes;

    /** On Lambda. */
    public ApiHandler() {
        this(System.getenv());
    }

    /** With an environment of its own, several in one process. */
    public ApiHandler(Map<String, String> environment) {
        this(ApiFunction.from(environment)::answer);
    }

    ApiHandler(Function<HttpRequest, HttpResponse> routes) {
        this.routes = routes;
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context)
            throws IOException {
        HttpRequest request = new HttpRequest(Json.MAPPER.readTree(input));
        Json.MAPPER.writeValue(output, answer(request).encode());
    }

    private HttpResponse answer(HttpRequest request) {
        try {
            return routes.apply(request);
        } catch (RuntimeException e) {
            LOG.error("The request {} could not be answered", request.route(), e);
            return HttpResponse.problem(
                    Problem.INTERNAL, "Something went wrong. Please try again.");
        }
    }
}
