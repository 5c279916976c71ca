package io.holdfast.stream;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.platform.ConnectionId;
import io.holdfast.platform.Json;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import java.util.random.RandomGenerator;

/**
 * Sockets in memory that block, fail, lag or vanish on command. They read what they get by the AI
 * SDK's rules: a duplicate is ignored, a gap closes the socket for good.
 */
public final class FakeConnections implements Connections {
    private final Map<ConnectionId, Socket> sockets = new ConcurrentHashMap<>();

    /** The socket of this connection, opened at the first call. */
    public Socket socket(ConnectionId connection) {
        return sockets.computeIfAbsent(connection, id -> new Socket());
    }

    @Override
    public Posted post(ConnectionId connection, byte[] frame) {
        if (frame.length > Frames.MAX_BYTES) {
            throw new FrameTooLargeException(frame.length, new IllegalArgumentException());
        }
        return socket(connection).take(frame);
    }

    /** One client at the other end. */
    public static final class Socket {
        private final List<JsonNode> frames = new ArrayList<>();
        private final List<JsonNode> chunks = new ArrayList<>();
        private volatile CountDownLatch gate = new CountDownLatch(0);
        private volatile Duration lag = Duration.ZERO;
        private volatile boolean gone;
        private volatile boolean failing;
        private final Map<Integer, Runnable> occasions = new ConcurrentHashMap<>();
        private long last = -1;
        private boolean ended;
        private boolean sawGap;

        /** Posts wait until it is unblocked. */
        public void block() {
            gate = new CountDownLatch(1);
        }

        /** Lets the posts go on. */
        public void unblock() {
            gate.countDown();
        }

        /** Each post takes up to this long. */
        public void lag(Duration most) {
            lag = most;
        }

        /** The client is gone for good. */
        public void vanish() {
            gone = true;
        }

        /** Whether the client is gone. */
        public boolean isGone() {
            return gone;
        }

        /** Posts fail, or do so no more. */
        public void fail(boolean now) {
            failing = now;
        }

        /** Runs something when so many frames have come, before the last of them is accepted. */
        public void whenItHas(int frameCount, Runnable then) {
            occasions.put(frameCount, then);
        }

        /** Every frame as it came, duplicates too. */
        public synchronized List<JsonNode> frames() {
            return List.copyOf(frames);
        }

        /** The chunks in order, each once. */
        public synchronized List<JsonNode> chunks() {
            return List.copyOf(chunks);
        }

        /** The text of all text deltas. */
        public synchronized String text() {
            StringBuilder text = new StringBuilder();
            chunks.stream()
                    .filter(chunk -> chunk.path("type").asText().equals("text-delta"))
                    .forEach(chunk -> text.append(chunk.path("delta").asText()));
            return text.toString();
        }

        /** Whether the end came. */
        public synchronized boolean ended() {
            return ended;
        }

        /** Whether a chunk was missing, or the end came before something else. */
        public synchronized boolean sawGap() {
            return sawGap;
        }

        private Posted take(byte[] frame) {
            if (!lag.isZero()) {
                LockSupport.parkNanos(RandomGenerator.getDefault().nextLong(lag.toNanos()));
            }
            try {
                gate.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return new Posted.Failed("interrupted");
            }
            if (gone) {
                return new Posted.Gone();
            }
            if (failing) {
                return new Posted.Failed("on command");
            }
            read(frame);
            occasions.getOrDefault(frames().size(), () -> {}).run();
            return new Posted.Accepted();
        }

        private synchronized void read(byte[] frame) {
            JsonNode json;
            try {
                json = Json.read(new String(frame, StandardCharsets.UTF_8));
            } catch (JsonProcessingException e) {
                throw new AssertionError("a frame is not JSON", e);
            }
            frames.add(json);
            switch (json.path("type").asText()) {
                case "chunk" -> {
                    long sequence = json.path("sequence").longValue();
                    if (ended || sequence <= last) {
                        return;
                    }
                    sawGap |= sequence != last + 1;
                    last = sequence;
                    chunks.add(json.path("chunk"));
                }
                case "end" -> ended = true;
                default -> throw new AssertionError("an unknown frame: " + json.path("type"));
            }
        }
    }
}
