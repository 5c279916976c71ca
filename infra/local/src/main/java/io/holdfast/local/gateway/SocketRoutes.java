package io.holdfast.local.gateway;

import com.fasterxml.jackson.databind.node.ObjectNode;

import org.eclipse.jetty.websocket.core.CloseStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** What happens on the open connections: each message goes to the function of its route. */
final class SocketRoutes implements SocketConnection.Listener {
    private static final Logger log = LoggerFactory.getLogger(SocketRoutes.class);

    /** A closing gateway waits this long for close frames and {@code $disconnect}. */
    private static final long CLOSE_MILLIS = 1500;

    private final WebSocketApi api;
    private final Workings workings;
    private final SocketEvents events;
    private final ConnectionRegistry registry;
    private final RouteSelection selection;
    private volatile boolean closing;

    SocketRoutes(
            WebSocketApi api, Workings workings, SocketEvents events, ConnectionRegistry registry) {
        this.api = api;
        this.workings = workings;
        this.events = events;
        this.registry = registry;
        selection = new RouteSelection(api.routeSelectionExpression());
    }

    @Override
    public void opened(SocketConnection connection) {
        if (closing) {
            connection.close(CloseStatus.SHUTDOWN, "Going away");
        }
    }

    /** Each message gets a thread of its own: AWS keeps no order between messages either. */
    @Override
    public void message(SocketConnection connection, String text, Runnable done) {
        inBackground(() -> route(connection, text, done));
    }

    private void route(SocketConnection connection, String text, Runnable done) {
        String requestId = workings.ids().next();
        String routeKey = routeOf(text);
        String function = routeKey == null ? null : api.routes().get(routeKey);
        if (routeKey == null || function == null) {
            connection.send(
                    SocketEvents.gatewayError("Forbidden", connection.info(), requestId), done);
            return;
        }
        ObjectNode event = events.message(connection.info(), requestId, routeKey, text);
        if (answersProperly(function, event)) {
            // Without a route response, and the template has none, AWS drops the answer's body.
            done.run();
            return;
        }
        log.warn("{} gets the gateway's own error frame for route {}", function, routeKey);
        connection.send(
                SocketEvents.gatewayError("Internal server error", connection.info(), requestId),
                done);
    }

    /** The route of a message; a client cannot name the routes that are the gateway's own. */
    private @Nullable String routeOf(String text) {
        String key = selection.keyOf(text);
        if (key != null && !key.startsWith("$") && api.routes().containsKey(key)) {
            return key;
        }
        return api.routes().containsKey(WebSocketApi.DEFAULT) ? WebSocketApi.DEFAULT : null;
    }

    private boolean answersProperly(String function, ObjectNode event) {
        return switch (invoke(function, event)) {
            case Integration.Outcome.Answered answered -> {
                boolean wellFormed = ProxyAnswer.parse(answered.payload()) != null;
                if (!wellFormed) {
                    log.warn("{} returned no proper proxy response with a statusCode", function);
                }
                yield wellFormed;
            }
            case Integration.Outcome.Failed _ -> false;
            case Integration.Outcome.TimedOut _ -> false;
        };
    }

    private Integration.Outcome invoke(String function, ObjectNode event) {
        return workings.integration()
                .invoke(function, event, workings.limits().integrationTimeout());
    }

    @Override
    public void closed(SocketConnection connection, int statusCode, String reason) {
        registry.remove(connection);
        inBackground(() -> disconnect(connection, statusCode, reason));
    }

    private void inBackground(Runnable task) {
        try {
            workings.threads().execute(task);
        } catch (RejectedExecutionException e) {
            log.debug("Too late: the gateway is closed", e);
        }
    }

    /** Tells the functions that a connection which they accepted is over; once, best effort. */
    private void disconnect(SocketConnection connection, int statusCode, String reason) {
        String function = api.routes().get(WebSocketApi.DISCONNECT);
        if (function != null) {
            ObjectNode event = events.disconnect(connection.info(), statusCode, reason);
            Integration.Outcome _ = invoke(function, event);
        }
        connection.ended().complete(null);
    }

    /** Closes every connection with 1001, and waits for their {@code $disconnect}, a while. */
    void closeAll() {
        closing = true;
        List<SocketConnection> open = registry.all();
        open.forEach(connection -> connection.close(CloseStatus.SHUTDOWN, "Going away"));
        CompletableFuture<?>[] ends =
                open.stream().map(SocketConnection::ended).toArray(CompletableFuture<?>[]::new);
        try {
            CompletableFuture.allOf(ends).get(CLOSE_MILLIS, TimeUnit.MILLISECONDS);
        } catch (TimeoutException | ExecutionException e) {
            log.debug("Some connections did not end in time", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
