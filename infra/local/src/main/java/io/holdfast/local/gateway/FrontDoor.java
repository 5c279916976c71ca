package io.holdfast.local.gateway;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.OutputStream;
import java.util.List;

/**
 * Decides who answers a request: the WebSocket API, @connections, a local route or the HTTP API.
 */
final class FrontDoor extends Handler.Abstract {
    private static final Logger log = LoggerFactory.getLogger(FrontDoor.class);

    private final @Nullable Sockets sockets;
    private final List<LocalRoute> locals;
    private final @Nullable HttpRoutes httpRoutes;
    private final int maxBody;

    FrontDoor(
            @Nullable Sockets sockets,
            List<LocalRoute> locals,
            @Nullable HttpRoutes httpRoutes,
            int maxBody) {
        this.sockets = sockets;
        this.locals = List.copyOf(locals);
        this.httpRoutes = httpRoutes;
        this.maxBody = maxBody;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback)
            throws IOException {
        String path = HttpEvents.path(request);
        if (sockets != null) {
            if (path.equals(sockets.api().path())) {
                sockets.handshake().handle(request, response, callback);
                return true;
            }
            String connectionId = sockets.connections().connectionIn(path);
            if (connectionId != null) {
                sockets.connections().handle(connectionId, request, response, callback);
                return true;
            }
        }
        byte[] body = Bodies.read(request, maxBody);
        if (body == null) {
            Answers.message(
                    response,
                    callback,
                    HttpStatus.PAYLOAD_TOO_LARGE_413,
                    "Request Entity Too Large");
            return true;
        }
        LocalResponse local = answerLocally(path, request, body);
        if (local != null) {
            local.headers().forEach(response.getHeaders()::put);
            write(local, response, callback);
        } else if (httpRoutes != null) {
            httpRoutes.handle(request, body, response, callback);
        } else {
            Answers.message(response, callback, HttpStatus.NOT_FOUND_404, "Not Found");
        }
        return true;
    }

    private @Nullable LocalResponse answerLocally(String path, Request request, byte[] body) {
        LocalRequest local = null;
        for (LocalRoute route : locals) {
            if (!route.matches(request.getMethod(), path)) {
                continue;
            }
            if (local == null) {
                local =
                        new LocalRequest(
                                request.getMethod(),
                                path,
                                QueryString.parse(request.getHttpURI().getQuery()),
                                HeaderMaps.joined(request),
                                body);
            }
            LocalResponse answer = ask(route, local);
            if (answer != null) {
                return answer;
            }
        }
        return null;
    }

    private static void write(LocalResponse local, Response response, Callback callback) {
        LocalResponse.Writer rest = local.rest();
        if (rest == null) {
            Answers.bytes(response, callback, local.status(), local.body());
            return;
        }
        response.setStatus(local.status());
        try {
            // Not closed after a failure: what came so far would look like all of it.
            OutputStream out = Content.Sink.asOutputStream(response);
            out.write(local.body());
            rest.writeTo(out);
            out.close();
        } catch (IOException | RuntimeException e) {
            callback.failed(e);
            return;
        }
        callback.succeeded();
    }

    private static @Nullable LocalResponse ask(LocalRoute route, LocalRequest request) {
        try {
            return route.handler().handle(request);
        } catch (RuntimeException e) {
            log.error("{} {} failed", route.method(), route.path(), e);
            return LocalResponse.json(500, "{\"message\":\"Internal Server Error\"}");
        }
    }
}
