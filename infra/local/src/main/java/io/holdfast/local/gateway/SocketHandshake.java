package io.holdfast.local.gateway;

import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.websocket.core.Configuration;
import org.eclipse.jetty.websocket.core.FrameHandler;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeRequest;
import org.eclipse.jetty.websocket.core.server.ServerUpgradeResponse;
import org.eclipse.jetty.websocket.core.server.WebSocketMappings;
import org.eclipse.jetty.websocket.core.server.WebSocketNegotiator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.nio.charset.StandardCharsets;
import java.util.List;

/** Answers handshakes: the function of {@code $connect} decides who may come in. */
final class SocketHandshake {
    private static final Logger log = LoggerFactory.getLogger(SocketHandshake.class);

    /** Up to here a frame that is too large is read, so that it can be refused in words. */
    private static final int MAX_READ_FRAME = 1024 * 1024;

    private static final String SUBPROTOCOL = "sec-websocket-protocol";

    private final WebSocketApi api;
    private final Workings workings;
    private final SocketEvents events;
    private final ConnectionRegistry registry;
    private final SocketRoutes routes;
    private final WebSocketMappings mappings;

    SocketHandshake(
            WebSocketApi api,
            Workings workings,
            SocketEvents events,
            ConnectionRegistry registry,
            SocketRoutes routes,
            WebSocketMappings mappings) {
        this.api = api;
        this.workings = workings;
        this.events = events;
        this.registry = registry;
        this.routes = routes;
        this.mappings = mappings;
    }

    /** Answers the request; blocks while the function runs. */
    void handle(Request request, Response response, Callback callback) {
        Attempt attempt = new Attempt();
        boolean answered;
        try {
            answered =
                    mappings.upgrade(attempt, request, response, attempt.watching(callback), null);
        } catch (HttpException.RuntimeException e) {
            Answers.message(response, callback, e.getCode(), "Bad Request");
            return;
        }
        if (!answered) {
            // RFC 6455 section 4.2.2: tell a client of another version which one is spoken.
            response.getHeaders().put(HttpHeader.SEC_WEBSOCKET_VERSION, "13");
            response.getHeaders().put(HttpHeader.UPGRADE, "websocket");
            Answers.message(
                    response, callback, HttpStatus.UPGRADE_REQUIRED_426, "Upgrade Required");
        }
    }

    /** One handshake. */
    private final class Attempt extends Configuration.ConfigurationCustomizer
            implements WebSocketNegotiator {
        private @Nullable SocketConnection accepted;

        Attempt() {
            setAutoFragment(false);
            setMaxFrameSize(Math.max(MAX_READ_FRAME, workings.limits().maxFrameBytes()));
            setIdleTimeout(workings.limits().idleTimeout());
        }

        /**
         * A client that left while its function ran never opens, but the function has accepted it:
         * so {@code $disconnect} is due.
         */
        Callback watching(Callback callback) {
            return Callback.from(
                    callback::succeeded,
                    failure -> {
                        SocketConnection lost = accepted;
                        if (lost != null) {
                            lost.neverOpened();
                        }
                        callback.failed(failure);
                    });
        }

        @Override
        public @Nullable FrameHandler negotiate(
                ServerUpgradeRequest request, ServerUpgradeResponse response, Callback callback) {
            String requestId = workings.ids().next();
            ConnectionInfo info =
                    new ConnectionInfo(
                            workings.ids().next(),
                            workings.clock().instant(),
                            Request.getRemoteAddr(request),
                            userAgent(request));
            if (!registry.reserve()) {
                refuse(response, callback, info, requestId, 429, null);
                return null;
            }
            ProxyAnswer answer = ask(request, info, requestId);
            String subprotocol = answer.headers().get(SUBPROTOCOL);
            if (subprotocol != null && !request.hasSubProtocol(subprotocol)) {
                log.warn("$connect chose a subprotocol that the client did not offer");
                answer = ProxyAnswer.ofStatus(HttpStatus.BAD_GATEWAY_502);
            }
            if (!answer.succeeded()) {
                registry.release();
                refuse(response, callback, info, requestId, answer.status(), answer.body());
                return null;
            }
            // AWS negotiates no extension; without compression a frame is as large as it looks.
            response.setExtensions(List.of());
            if (subprotocol != null) {
                response.setAcceptedSubProtocol(subprotocol);
            }
            SocketConnection connection = new SocketConnection(info, routes, workings);
            accepted = connection;
            // Before the handshake's answer is out: whoever the client tells of its connection, or
            // whom $connect told, must not find it gone.
            registry.add(connection);
            return connection;
        }
    }

    private ProxyAnswer ask(Request request, ConnectionInfo info, String requestId) {
        String function = api.routes().get(WebSocketApi.CONNECT);
        if (function == null) {
            return ProxyAnswer.ofStatus(HttpStatus.OK_200);
        }
        var event =
                events.connect(
                        info,
                        requestId,
                        HeaderMaps.all(request),
                        QueryString.parse(request.getHttpURI().getQuery()));
        // The statuses of the failures are those that clients of AWS report.
        Integration.Outcome outcome =
                workings.integration()
                        .invoke(function, event, workings.limits().integrationTimeout());
        return switch (outcome) {
            case Integration.Outcome.Answered answered -> {
                ProxyAnswer answer = ProxyAnswer.parse(answered.payload());
                yield answer == null ? ProxyAnswer.ofStatus(HttpStatus.BAD_GATEWAY_502) : answer;
            }
            case Integration.Outcome.Failed _ -> ProxyAnswer.ofStatus(HttpStatus.BAD_GATEWAY_502);
            case Integration.Outcome.TimedOut _ ->
                    ProxyAnswer.ofStatus(HttpStatus.GATEWAY_TIMEOUT_504);
        };
    }

    private static void refuse(
            Response response,
            Callback callback,
            ConnectionInfo info,
            String requestId,
            int status,
            @Nullable String body) {
        String message = status >= 500 ? "Internal server error" : HttpStatus.getMessage(status);
        String text = body == null ? SocketEvents.gatewayError(message, info, requestId) : body;
        Answers.json(response, callback, status, text.getBytes(StandardCharsets.UTF_8));
    }

    private static String userAgent(Request request) {
        String userAgent = request.getHeaders().get(HttpHeader.USER_AGENT);
        return userAgent == null ? "" : userAgent;
    }
}
