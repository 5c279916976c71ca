package io.holdfast.local.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Serves one service on a port of the loopback interface. Each request is answered on a virtual
 * thread of its own.
 */
public final class ServiceServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ServiceServer.class);

    static {
        // Read once, when the server's class loads: without it an answer may wait 40 ms for an ACK.
        System.setProperty("sun.net.httpserver.nodelay", "true");
    }

    private final HttpServer server;
    private final ExecutorService threads;

    /** Answers requests. */
    @FunctionalInterface
    public interface Service {
        /**
         * Answers one request.
         *
         * @throws IOException if the request cannot be read
         */
        ServiceAnswer answer(ServiceCall call) throws IOException;
    }

    private ServiceServer(HttpServer server, ExecutorService threads) {
        this.server = server;
        this.threads = threads;
    }

    /**
     * Starts a server.
     *
     * @param port where to listen; 0 picks a free port
     * @throws IOException if the port is taken
     */
    public static ServiceServer start(String name, int port, Service service) throws IOException {
        HttpServer server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
        ExecutorService threads =
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name(name + "-", 0).factory());
        server.setExecutor(threads);
        server.createContext("/", exchange -> serve(name, service, exchange));
        server.start();
        return new ServiceServer(server, threads);
    }

    /** Where it listens. */
    public URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** Stops at once; answers under way are cut off. */
    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }

    private static void serve(String name, Service service, HttpExchange exchange)
            throws IOException {
        try (exchange) {
            ServiceAnswer answer;
            try {
                answer = service.answer(new ServiceCall(exchange));
            } catch (RuntimeException e) {
                LOG.error("{}: {} failed", name, exchange.getRequestURI().getPath(), e);
                answer =
                        ServiceAnswer.error(
                                500, "ServiceException", "{\"Message\":\"" + name + " failed\"}");
            }
            answer.headers().forEach(exchange.getResponseHeaders()::set);
            boolean empty = answer.body().length == 0;
            exchange.sendResponseHeaders(answer.status(), empty ? -1 : answer.body().length);
            if (!empty) {
                exchange.getResponseBody().write(answer.body());
            }
        }
    }
}
