package io.holdfast.local.gateway;

import io.holdfast.local.lambda.FunctionInvoker;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.VirtualThreads;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import org.eclipse.jetty.websocket.core.server.WebSocketMappings;
import org.eclipse.jetty.websocket.core.server.WebSocketServerComponents;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.URI;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.function.Predicate;

/**
 * API Gateway on one port of this machine: a WebSocket API, an HTTP API and {@code @connections} in
 * front of functions, with the events, answers and limits of AWS.
 *
 * <p>Not here: authorizers, API keys, request validation, mapping templates, route responses,
 * signatures on {@code @connections}.
 */
public final class Gateway implements AutoCloseable {
    private static final Logger log = LoggerFactory.getLogger(Gateway.class);
    private static final String HOST = "127.0.0.1";

    /** The quota of AWS for the request line and all headers together, in bytes. */
    private static final int MAX_HEADER_BYTES = 10_240;

    /** Longer than any integration may take, so that no socket is cut while its function runs. */
    private static final long HTTP_IDLE_MILLIS = 60_000;

    private final Server server = new Server(ioThreads());
    private final Workings workings;
    private final ConnectionRegistry registry;
    private final int port;
    private final @Nullable Sockets sockets;

    /**
     * Opens the port and serves.
     *
     * @param functions the functions behind the routes
     * @param extra local routes, asked in their order before those of the HTTP API
     * @throws PortTakenException if another program listens on the port
     */
    public static Gateway start(
            GatewaySettings settings, FunctionInvoker functions, List<LocalRoute> extra) {
        return new Gateway(settings, functions, extra);
    }

    private Gateway(GatewaySettings settings, FunctionInvoker functions, List<LocalRoute> extra) {
        port = openPort(settings.port());
        ExecutorService threads = Workings.newThreads();
        workings =
                new Workings(
                        settings.limits(),
                        settings.clock(),
                        new RequestIds(settings.random()),
                        HOST + ":" + port,
                        new Integration(functions, threads),
                        threads,
                        Workings.newTimer());
        registry = new ConnectionRegistry(settings.limits().maxConnections());
        WebSocketApi socketApi = settings.webSocketApi();
        sockets = socketApi == null ? null : sockets(socketApi);
        HttpApi httpApi = settings.httpApi();
        server.setHandler(
                new FrontDoor(
                        sockets,
                        extra,
                        httpApi == null ? null : new HttpRoutes(httpApi, workings),
                        settings.limits().maxHttpBody()));
        server.setErrorHandler(
                (request, response, callback) -> {
                    int status = response.getStatus();
                    Answers.message(response, callback, status, HttpStatus.getMessage(status));
                    return true;
                });
        try {
            server.start();
        } catch (Exception e) {
            close();
            throw new IllegalStateException("The gateway did not start", e);
        }
    }

    private Sockets sockets(WebSocketApi api) {
        SocketEvents events = new SocketEvents(api, workings);
        SocketRoutes routes = new SocketRoutes(api, workings, events, registry);
        WebSocketMappings mappings =
                new WebSocketMappings(WebSocketServerComponents.ensureWebSocketComponents(server));
        return new Sockets(
                api,
                new SocketHandshake(api, workings, events, registry, routes, mappings),
                routes,
                new ConnectionsApi(api.stage(), workings.limits(), registry));
    }

    /** A few threads for I/O; whatever blocks runs on virtual threads. */
    private static QueuedThreadPool ioThreads() {
        QueuedThreadPool pool = new QueuedThreadPool(16, 2);
        pool.setName("gateway-io");
        pool.setDaemon(true);
        pool.setVirtualThreadsExecutor(VirtualThreads.getDefaultVirtualThreadsExecutor());
        return pool;
    }

    /** The port is opened before anything starts, so that its number is known to the events. */
    private int openPort(int wantedPort) {
        HttpConfiguration http = new HttpConfiguration();
        http.setSendServerVersion(false);
        http.setRequestHeaderSize(MAX_HEADER_BYTES);
        ServerConnector connector =
                new ServerConnector(server, 1, 1, new HttpConnectionFactory(http));
        connector.setHost(HOST);
        connector.setPort(wantedPort);
        connector.setIdleTimeout(HTTP_IDLE_MILLIS);
        server.addConnector(connector);
        try {
            connector.open();
        } catch (IOException e) {
            if (e instanceof BindException || e.getCause() instanceof BindException) {
                throw new PortTakenException(wantedPort, e);
            }
            throw new UncheckedIOException("Port " + wantedPort + " cannot be opened", e);
        }
        return connector.getLocalPort();
    }

    /** The port that is served. */
    public int port() {
        return port;
    }

    /** Where the HTTP API is. */
    public URI url() {
        return URI.create("http://" + HOST + ":" + port);
    }

    /**
     * The endpoint for a client of {@code @connections}.
     *
     * @throws IllegalStateException if there is no WebSocket API
     */
    public URI connectionsUrl() {
        return URI.create(url() + "/" + sockets().api().stage());
    }

    /** The open WebSocket connections, in no order. */
    public List<ConnectionInfo> connections() {
        return registry.all().stream().map(SocketConnection::info).toList();
    }

    /**
     * Cuts a connection's TCP socket without a close frame, as a lost network does. For fault
     * tests.
     *
     * @return false if there is no such connection
     */
    public boolean drop(String connectionId) {
        SocketConnection connection = registry.find(connectionId);
        if (connection == null || !connection.awaitOpen()) {
            return false;
        }
        connection.cut();
        return true;
    }

    /**
     * Refuses calls of {@code @connections} with 429 while the rule says so. For fault tests.
     *
     * @param rule is asked with the connection id, once for each call, from many threads; {@code id
     *     -> false} ends it
     */
    public void throttle(Predicate<String> rule) {
        sockets().connections().throttle(rule);
    }

    private Sockets sockets() {
        if (sockets == null) {
            throw new IllegalStateException("There is no WebSocket API");
        }
        return sockets;
    }

    /** Closes every connection with 1001 and stops within two seconds. */
    @Override
    public void close() {
        if (sockets != null) {
            sockets.routes().closeAll();
        }
        try {
            server.stop();
        } catch (Exception e) {
            log.warn("The gateway did not stop cleanly", e);
        }
        workings.timer().shutdownNow();
        workings.threads().shutdown();
    }
}
