package io.holdfast.tool;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpHandler;

import io.holdfast.assistant.HeaderValue;
import io.holdfast.assistant.SubjectSource;
import io.holdfast.platform.SessionId;
import io.holdfast.platform.UserId;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;

@Timeout(30)
class SubjectReaderTest {
    private static final String SECRET = "tok-5ecret";
    private static final SubjectState NOTHING = new SubjectState.Unavailable();

    private final TestServer server = new TestServer();
    private final CountDownLatch end = new CountDownLatch(1);

    @AfterEach
    void stop() {
        end.countDown();
        server.close();
    }

    @Test
    void asksTheSourceOfTheKindForTheUser() {
        server.on("/", answering(200, "application/json", "{ \"metrics\": { \"loss\": 0.15 } }\n"));

        assertThat(read("experiment:exp_42"))
                .isEqualTo(new SubjectState.Found("{\"metrics\":{\"loss\":0.15}}"));

        TestServer.Request request = server.requests.getFirst();
        assertThat(request.method()).isEqualTo("GET");
        assertThat(request.path()).isEqualTo("/experiments/exp_42");
        assertThat(request.header("Authorization")).isEqualTo("Bearer " + SECRET);
        assertThat(request.header("X-Holdfast-User")).isEqualTo("alice");
        assertThat(request.header("X-Holdfast-Session")).isEqualTo("session-1");
    }

    @Test
    void takesTextAsWellAndHidesItsOwnSecret() {
        server.on("/", answering(200, "text/plain", " It runs, " + SECRET + ". "));

        assertThat(read("experiment:exp_42"))
                .isEqualTo(new SubjectState.Found("It runs, [secret]."));
    }

    @Test
    void asksNobodyForOtherKinds() {
        assertThat(read("mill:1")).isEqualTo(new SubjectState.NoSource());
        assertThat(read("experiment")).isEqualTo(new SubjectState.NoSource());
        assertThat(read("experiment:../users")).isEqualTo(NOTHING);
        assertThat(server.requests).isEmpty();
    }

    @Test
    void goesOnWithoutASourceThatGivesNothing() {
        server.on("/experiments/down", answering(503, "text/plain", "down"))
                .on("/experiments/none", answering(404, "application/json", "{}"))
                .on("/experiments/moved", answering(302, "application/json", "{}"))
                .on("/experiments/broken", answering(200, "application/json", "{"))
                .on("/experiments/empty", answering(200, "text/plain", ""))
                .on("/experiments/huge", answering(200, "text/plain", "x".repeat(1_000_001)));

        for (String id : new String[] {"down", "none", "moved", "broken", "empty", "huge"}) {
            assertThat(read("experiment:" + id)).as(id).isEqualTo(NOTHING);
        }
        assertThat(server.requests).as("each is asked once").hasSize(6);
    }

    @Test
    void waitsNoLongerThanTheTimeout() {
        server.on("/experiments/silent", exchange -> await())
                .on(
                        "/experiments/slow",
                        exchange -> {
                            exchange.sendResponseHeaders(200, 10);
                            exchange.getResponseBody().write('x');
                            exchange.getResponseBody().flush();
                            await();
                        });

        assertThat(read("experiment:silent")).isEqualTo(NOTHING);
        assertThat(read("experiment:slow")).isEqualTo(NOTHING);
    }

    @Test
    void goesOnWithoutItsSecret() {
        assertThat(
                        reader(
                                        true,
                                        reference -> {
                                            throw new IllegalStateException("no such secret");
                                        })
                                .read("experiment:exp_42", USER, SESSION))
                .isEqualTo(NOTHING);
        assertThat(server.requests).isEmpty();
    }

    @Test
    void asksPublicAddressesAloneUnlessToldOtherwise() {
        assertThat(reader(false, reference -> SECRET).read("experiment:exp_42", USER, SESSION))
                .isEqualTo(NOTHING);
        assertThat(server.requests).isEmpty();
    }

    private static final UserId USER = new UserId("alice");
    private static final SessionId SESSION = new SessionId("session-1");

    private SubjectState read(String subject) {
        return reader(true, reference -> SECRET).read(subject, USER, SESSION);
    }

    private SubjectReader reader(boolean allowPrivateAddresses, Secrets secrets) {
        return new SubjectReader(
                Map.of(
                        "experiment",
                        new SubjectSource(
                                "experiment",
                                server.url("/experiments/").toString() + "{{id}}",
                                Map.of(
                                        "Authorization",
                                        new HeaderValue.Secret("env:KEY", "Bearer ")),
                                allowPrivateAddresses,
                                Duration.ofSeconds(1))),
                secrets,
                new GuardedHttp(GuardedHttp.lazyClient(), AddressGuard.SYSTEM),
                new Backoff(InstantSource.system(), time -> {}, new Random(1)));
    }

    private void await() {
        try {
            end.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static HttpHandler answering(int status, String type, String body) {
        return exchange -> TestServer.answer(exchange, status, type, body);
    }
}
