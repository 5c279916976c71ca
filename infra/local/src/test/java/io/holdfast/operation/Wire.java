package io.holdfast.operation;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Stands between a function and AWS: the function dies at one of its writes, and others come in
 * before one of them.
 */
final class Wire implements AutoCloseable {
    private static final Set<String> WRITES =
            Set.of(
                    "UpdateItem",
                    "PutItem",
                    "TransactWriteItems",
                    "SendTaskSuccess",
                    "StartExecution");

    private static final Set<String> KEPT_BACK =
            Set.of("host", "connection", "content-length", "expect", "upgrade", "http2-settings");

    private static final byte[] DEAD =
            "{\"__type\":\"ValidationException\",\"message\":\"the function is dead\"}"
                    .getBytes(StandardCharsets.UTF_8);

    private final Map<String, URI> services;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final HttpClient client = HttpClient.newHttpClient();
    private final List<String> wakes = new CopyOnWriteArrayList<>();
    private volatile Fate fate = Fate.none();
    private volatile Between between = (action, body) -> {};

    /** What comes in before a call. */
    interface Between {
        void before(String action, String body);
    }

    /**
     * Passes calls on.
     *
     * @param services by the first part of {@code X-Amz-Target}
     */
    Wire(Map<String, URI> services) throws IOException {
        this.services = Map.copyOf(services);
        this.server =
                HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::pass);
        server.start();
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    /**
     * The function dies at a write, counted from 1, and does nothing more.
     *
     * @param done whether that write still has its effect, though the function does not hear of it
     */
    void dieAt(int write, boolean done) {
        fate = new Fate(write, done);
    }

    /** Another function takes the place of one that may have died; whether it had. */
    boolean revive() {
        boolean dead = fate.dead;
        fate = Fate.none();
        between = (action, body) -> {};
        return dead;
    }

    /** Others come in before calls. */
    void between(Between between) {
        this.between = between;
    }

    /** Whether somebody was woken who waits with a token. */
    boolean hasWoken(String token) {
        return wakes.stream().anyMatch(body -> body.contains("\"" + token + "\""));
    }

    @Override
    public void close() {
        server.stop(0);
        threads.close();
        client.close();
    }

    private static final class Fate {
        private final int lastWrite;
        private final boolean done;
        private final AtomicInteger writes = new AtomicInteger();
        private volatile boolean dead;

        Fate(int lastWrite, boolean done) {
            this.lastWrite = lastWrite;
            this.done = done;
        }

        static Fate none() {
            return new Fate(0, false);
        }
    }

    private void pass(HttpExchange exchange) throws IOException {
        try (exchange) {
            byte[] body = exchange.getRequestBody().readAllBytes();
            String[] target = exchange.getRequestHeaders().getFirst("X-Amz-Target").split("\\.", 2);
            Fate now = fate;
            boolean last =
                    WRITES.contains(target[1]) && now.writes.incrementAndGet() == now.lastWrite;
            if (now.dead || (last && !now.done)) {
                now.dead = true;
                answer(exchange, 400, DEAD);
                return;
            }
            String text = new String(body, StandardCharsets.UTF_8);
            between.before(target[1], text);
            HttpResponse<byte[]> response = send(exchange, target[0], body);
            if (target[1].equals("SendTaskSuccess")) {
                wakes.add(text);
            }
            if (last) {
                now.dead = true;
                answer(exchange, 400, DEAD);
                return;
            }
            response.headers()
                    .map()
                    .forEach(
                            (name, values) -> {
                                if (passes(name)) {
                                    exchange.getResponseHeaders().put(name, values);
                                }
                            });
            answer(exchange, response.statusCode(), response.body());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private HttpResponse<byte[]> send(HttpExchange exchange, String service, byte[] body)
            throws IOException, InterruptedException {
        HttpRequest.Builder request =
                HttpRequest.newBuilder(Objects.requireNonNull(services.get(service), service))
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        exchange.getRequestHeaders()
                .forEach(
                        (name, values) -> {
                            if (passes(name)) {
                                values.forEach(value -> request.header(name, value));
                            }
                        });
        return client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    }

    private static boolean passes(String header) {
        String name = header.toLowerCase(Locale.ROOT);
        return !KEPT_BACK.contains(name) && !name.startsWith(":") && !name.equals("date");
    }

    private static void answer(HttpExchange exchange, int status, byte[] body) throws IOException {
        exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
        exchange.getResponseBody().write(body);
    }
}
