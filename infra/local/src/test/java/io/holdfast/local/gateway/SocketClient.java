package io.holdfast.local.gateway;

import com.fasterxml.jackson.databind.JsonNode;

import org.jspecify.annotations.Nullable;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.net.http.WebSocketHandshakeException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;

/** A real WebSocket client that remembers what it received. */
public final class SocketClient implements WebSocket.Listener {
    static final HttpClient HTTP =
            HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

    /** Every text message, the oldest first. */
    public final List<String> received = new CopyOnWriteArrayList<>();

    final List<String> pongs = new CopyOnWriteArrayList<>();

    /** The close code, or 1006 for a connection that broke. */
    public final CompletableFuture<Integer> closed = new CompletableFuture<>();

    private final StringBuilder partial = new StringBuilder();
    private @Nullable WebSocket socket;

    static SocketClient connect(Gateway gateway) {
        return connect(gateway, "/ws");
    }

    /** Connects at a path with its query. */
    public static SocketClient connect(Gateway gateway, String pathAndQuery) {
        return connect(gateway, pathAndQuery, HTTP.newWebSocketBuilder());
    }

    static SocketClient connect(Gateway gateway, String pathAndQuery, WebSocket.Builder builder) {
        SocketClient client = new SocketClient();
        URI uri = URI.create("ws://127.0.0.1:" + gateway.port() + pathAndQuery);
        client.socket = builder.buildAsync(uri, client).orTimeout(10, TimeUnit.SECONDS).join();
        return client;
    }

    /** The status with which the handshake is refused. */
    static int refusal(Gateway gateway, String pathAndQuery) {
        try {
            connect(gateway, pathAndQuery).abort();
        } catch (CompletionException e) {
            if (e.getCause() instanceof WebSocketHandshakeException refused) {
                return refused.getResponse().statusCode();
            }
            throw e;
        }
        throw new AssertionError("The handshake was accepted");
    }

    WebSocket socket() {
        if (socket == null) {
            throw new IllegalStateException("Not connected");
        }
        return socket;
    }

    /** Sends a text message. */
    public void send(String text) {
        socket().sendText(text, true).orTimeout(10, TimeUnit.SECONDS).join();
    }

    void sendPart(String text, boolean last) {
        socket().sendText(text, last).orTimeout(10, TimeUnit.SECONDS).join();
    }

    void ping(String payload) {
        socket().sendPing(ByteBuffer.wrap(payload.getBytes(StandardCharsets.UTF_8)))
                .orTimeout(10, TimeUnit.SECONDS)
                .join();
    }

    void close() {
        socket().sendClose(WebSocket.NORMAL_CLOSURE, "bye").join();
    }

    /** Breaks the connection. */
    public void abort() {
        socket().abort();
    }

    JsonNode lastJson() {
        JsonNode node = Json.parse(received.getLast().getBytes(StandardCharsets.UTF_8));
        if (node == null) {
            throw new AssertionError("Not JSON: " + received.getLast());
        }
        return node;
    }

    @Override
    public @Nullable CompletionStage<?> onText(
            WebSocket webSocket, CharSequence data, boolean last) {
        partial.append(data);
        if (last) {
            received.add(partial.toString());
            partial.setLength(0);
        }
        webSocket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onPong(WebSocket webSocket, ByteBuffer message) {
        pongs.add(StandardCharsets.UTF_8.decode(message).toString());
        webSocket.request(1);
        return null;
    }

    @Override
    public @Nullable CompletionStage<?> onClose(
            WebSocket webSocket, int statusCode, String reason) {
        closed.complete(statusCode);
        return null;
    }

    @Override
    public void onError(WebSocket webSocket, Throwable error) {
        closed.complete(1006);
    }
}
