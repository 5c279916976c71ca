package io.holdfast.assistant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;

import io.holdfast.platform.Json;
import io.holdfast.platform.SignedRequests;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

@NullMarked
final class SecretReferencesTest {
    private final AtomicInteger asked = new AtomicInteger();
    private volatile String secret = "w-1";
    private Instant now = Instant.parse("2026-11-25T12:00:00Z");
    private HttpServer server;
    private SecretReferences references;

    @BeforeEach
    void start() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext(
                "/",
                exchange -> {
                    asked.incrementAndGet();
                    byte[] body =
                            Json.write(Json.object().put("SecretString", secret))
                                    .getBytes(StandardCharsets.UTF_8);
                    exchange.sendResponseHeaders(200, body.length);
                    exchange.getResponseBody().write(body);
                    exchange.close();
                });
        server.start();
        Map<String, String> environment =
                Map.of(
                        "KEY", "e-1\n",
                        "BROKEN", "a\nb",
                        "AWS_ACCESS_KEY_ID", "KEYID",
                        "AWS_SECRET_ACCESS_KEY", "key",
                        "AWS_ENDPOINT_URL_SECRETS_MANAGER",
                                "http://127.0.0.1:" + server.getAddress().getPort());
        references =
                new SecretReferences(
                        environment, new SignedRequests(environment, duration -> {}), () -> now);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void findsSecretsWhereTheyAre() {
        assertThat(references.resolve(new HeaderValue.Plain("text"))).isEqualTo("text");
        assertThat(resolve("env:KEY")).isEqualTo("Bearer e-1");
        assertThat(resolve("secretsmanager:keys")).isEqualTo("Bearer w-1");
    }

    @Test
    void findsOneKeyOfASecret() {
        secret = "{\"weather\":\"w-2\",\"pin\":7}";

        assertThat(resolve("secretsmanager:keys#weather")).isEqualTo("Bearer w-2");
        assertThat(resolve("secretsmanager:keys#pin")).isEqualTo("Bearer 7");
        assertThat(asked).hasValue(1);
    }

    @Test
    void keepsASecretFiveMinutes() {
        assertThat(resolve("secretsmanager:keys")).isEqualTo("Bearer w-1");
        secret = "w-2";
        now = now.plus(Duration.ofMinutes(5).minusMillis(1));
        assertThat(resolve("secretsmanager:keys")).isEqualTo("Bearer w-1");
        now = now.plusMillis(1);
        assertThat(resolve("secretsmanager:keys")).isEqualTo("Bearer w-2");
    }

    @Test
    void saysWhatIsMissingWithoutTheSecret() {
        assertUnavailable("env:ABSENT", "the secret env:ABSENT is not set");
        assertUnavailable(
                "env:BROKEN",
                "the secret env:BROKEN is empty or holds characters that no header may have");
        assertUnavailable(
                "secretsmanager:keys#none",
                "the secret secretsmanager:keys#none is not a JSON object with such a key");
    }

    private String resolve(String reference) {
        return references.resolve(new HeaderValue.Secret(reference, "Bearer "));
    }

    private void assertUnavailable(String reference, String message) {
        assertThatThrownBy(() -> resolve(reference))
                .isInstanceOf(SecretUnavailableException.class)
                .hasMessage(message);
    }
}
