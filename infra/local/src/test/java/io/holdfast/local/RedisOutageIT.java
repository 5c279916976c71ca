package io.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.holdfast.chunk.ChunkJson;
import io.holdfast.chunk.MessageFold;
import io.holdfast.local.gateway.SocketClient;
import io.holdfast.platform.MessageId;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import redis.clients.jedis.Jedis;
import redis.clients.jedis.exceptions.JedisException;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Redis is away for seconds, in mid-answer and before it. */
@Tag("side-by-side")
class RedisOutageIT {
    private static final Duration SOON = Duration.ofSeconds(40);
    private static final Duration OUTAGE = Duration.ofSeconds(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private LocalSystem system;
    private SocketClient client;

    @BeforeEach
    void start() throws Exception {
        system = TestSystems.start(Map.of());
        client = SocketClient.connect(system.gateway(), "/ws?token=" + token());
    }

    @AfterEach
    void stop() {
        client.abort();
        system.close();
    }

    @Test
    void anAnswerOutlivesFiveSecondsOfRefusedConnections() {
        ask("count to 100 every 20 ms");
        await().atMost(SOON).until(() -> text().contains("20"));

        refuseConnections();

        assertAnswer();
    }

    @Test
    void aMessageThatComesWhileRedisIsAwayIsAnswered() {
        Thread outage = Thread.startVirtualThread(this::refuseConnections);
        await().atMost(SOON).until(this::isAway);

        ask("count to 100");

        assertAnswer();
        await().atMost(SOON).until(() -> !outage.isAlive());
    }

    @Test
    void anAnswerOutlivesARedisThatHangs() throws Exception {
        ask("count to 100 every 20 ms");
        await().atMost(SOON).until(() -> text().contains("20"));

        try (Jedis redis = redis()) {
            redis.clientPause(OUTAGE.toMillis());
        }

        assertAnswer();
    }

    /** Ends Redis again and again: the system starts it each time, ever later. */
    private void refuseConnections() {
        Instant end = Instant.now().plus(OUTAGE);
        while (Instant.now().isBefore(end)) {
            try (Jedis redis = redis()) {
                redis.shutdown();
            } catch (JedisException away) {
                Thread.onSpinWait();
            }
        }
    }

    private boolean isAway() {
        try (Jedis redis = redis()) {
            redis.ping();
            return false;
        } catch (JedisException away) {
            return true;
        }
    }

    private void ask(String text) {
        client.send(
                """
                {"type":"send","requestId":"r1","id":"session-1","trigger":"submit-message",
                 "messages":[{"id":"m1","role":"user","parts":[{"type":"text","text":"%s"}]}],
                 "headers":{},"body":{}}\
                """
                        .formatted(text));
    }

    private void assertAnswer() {
        await().atMost(SOON)
                .until(() -> client.received.stream().anyMatch(f -> f.contains("\"end\"")));
        assertThat(client.received).noneMatch(frame -> frame.contains("\"type\":\"error\""));
        assertThat(text())
                .isEqualTo(
                        IntStream.rangeClosed(1, 100)
                                .mapToObj(Integer::toString)
                                .collect(Collectors.joining(" ")));
    }

    /** What a client that obeys the SDK's rules has so far; a gap fails. */
    private String text() {
        MessageFold fold = new MessageFold(new MessageId("answer"));
        long next = 0;
        for (String text : client.received) {
            JsonNode frame = read(text);
            if (frame.path("type").asText().equals("chunk")) {
                long sequence = frame.path("sequence").asLong();
                assertThat(sequence).as("no gap").isLessThanOrEqualTo(next);
                if (sequence == next) {
                    fold.accept(ChunkJson.read(frame.path("chunk").toString()));
                    next++;
                }
            }
        }
        return fold.message().text();
    }

    private static JsonNode read(String json) {
        try {
            return JSON.readTree(json);
        } catch (Exception e) {
            throw new AssertionError("not JSON: " + json, e);
        }
    }

    private Jedis redis() {
        URI cache = Objects.requireNonNull(system.endpoints().get("cache"));
        return new Jedis(cache.getHost(), cache.getPort(), 1_000);
    }

    private String token() throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest request =
                    HttpRequest.newBuilder(system.url().resolve("/local/tokens"))
                            .POST(HttpRequest.BodyPublishers.ofString("{\"user\":\"alice\"}"))
                            .build();
            return JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body())
                    .path("token")
                    .asText();
        }
    }
}
