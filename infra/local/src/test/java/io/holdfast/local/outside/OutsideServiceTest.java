package io.holdfast.local.outside;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.holdfast.local.gateway.Gateway;
import io.holdfast.local.gateway.GatewaySettings;
import io.holdfast.local.gateway.LocalRequest;
import io.holdfast.local.gateway.LocalResponse;
import io.holdfast.local.gateway.LocalRoute;
import io.holdfast.local.lambda.UnknownFunctionException;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;

@Timeout(30)
final class OutsideServiceTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final WebhookSecret SECRET =
            new WebhookSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    private static final Instant NOW = Instant.ofEpochSecond(1_800_000_000);

    private final HttpClient http = HttpClient.newHttpClient();

    /** What the service has posted, as {@code complete {…}} or {@code progress {…}}. */
    private final List<String> posts = new CopyOnWriteArrayList<>();

    private final List<LocalRequest> requests = new CopyOnWriteArrayList<>();

    /** How the next posts are answered; then with 202. */
    private final Queue<Integer> statuses = new ConcurrentLinkedQueue<>();

    /** What happens while the service waits for the answer to a post. */
    private Runnable duringPost = () -> {};

    private OutsideService service;
    private Gateway gateway;

    @BeforeEach
    void start() {
        service = new OutsideService(SECRET, InstantSource.fixed(NOW), new Random(1));
        List<LocalRoute> routes = new ArrayList<>(service.routes());
        routes.add(new LocalRoute("POST", "/callback/", this::calledBack));
        gateway =
                Gateway.start(
                        GatewaySettings.of(0, null, null),
                        (name, event) -> {
                            throw new UnknownFunctionException(name);
                        },
                        routes);
    }

    @AfterEach
    void stop() {
        http.close();
        service.close();
        gateway.close();
    }

    private LocalResponse calledBack(LocalRequest request) {
        requests.add(request);
        posts.add(request.path().replace("/callback/", "") + " " + request.text());
        duringPost.run();
        Integer status = statuses.poll();
        return LocalResponse.text(status == null ? 202 : status, "");
    }

    private HttpResponse<String> order(String key, String input) throws Exception {
        String body =
                """
                {"operationId":"op-%1$s","idempotencyKey":"%1$s","tool":"research","input":%2$s,
                 "callback":{"completeUrl":"%3$s/callback/complete","progressUrl":"%3$s/callback/progress"}}
                """
                        .formatted(key, input, gateway.url());
        return post("/local/service/operations", body);
    }

    private HttpResponse<String> cancel(String key, String reason) throws Exception {
        return post(
                "/local/service/cancel",
                """
                {"operationId":"op-%1$s","idempotencyKey":"%1$s","tool":"research","reason":"%2$s"}
                """
                        .formatted(key, reason));
    }

    private HttpResponse<String> post(String path, String body) throws Exception {
        return http.send(
                HttpRequest.newBuilder(gateway.url().resolve(path))
                        .POST(HttpRequest.BodyPublishers.ofString(body))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    private JsonNode get(String path) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(gateway.url().resolve(path)).build();
        return JSON.readTree(http.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }

    private JsonNode works() throws Exception {
        return get("/local/service/operations");
    }

    private void awaitRest() {
        await().until(
                        () -> {
                            for (JsonNode work : works()) {
                                if (work.path("working").asBoolean()) {
                                    return false;
                                }
                            }
                            return true;
                        });
    }

    @Test
    void tellsHowFarItIsAndThenWhatCameOfIt() throws Exception {
        HttpResponse<String> answer = order("k", "{\"ms\":40,\"progress\":3,\"label\":\"mine\"}");

        assertThat(answer.statusCode()).isEqualTo(202);
        awaitRest();
        assertThat(posts)
                .containsExactly(
                        "progress {\"percent\":25,\"message\":\"Part 1 of 4 is done\"}",
                        "progress {\"percent\":50,\"message\":\"Part 2 of 4 is done\"}",
                        "progress {\"percent\":75,\"message\":\"Part 3 of 4 is done\"}",
                        "complete {\"success\":true,\"result\":{\"report\":\"The work of research"
                                + " is done.\",\"ms\":40}}");
        JsonNode work = works().path(0);
        assertThat(work.path("operationId").asText()).isEqualTo("op-k");
        assertThat(work.path("label").asText()).isEqualTo("mine");
        assertThat(work.path("posts").path(3).toString())
                .isEqualTo("{\"kind\":\"complete\",\"status\":202}");
    }

    @Test
    void signsEveryPostUnderAnIdOfItsOwn() throws Exception {
        order("k", "{\"ms\":0,\"outcome\":\"twice\"}");

        awaitRest();
        assertThat(requests).hasSize(2);
        for (LocalRequest request : requests) {
            String id = request.headers().getOrDefault("webhook-id", "");
            assertThat(request.headers())
                    .containsEntry("webhook-timestamp", "1800000000")
                    .containsEntry("webhook-signature", SECRET.signature(id, NOW, request.text()));
        }
        assertThat(requests).extracting(r -> r.headers().get("webhook-id")).doesNotHaveDuplicates();
        assertThat(get("/local/service/secret").path("secret").asText()).isEqualTo(SECRET.text());
    }

    @Test
    void failsInWords() throws Exception {
        order("k", "{\"ms\":0,\"outcome\":\"fail\"}");

        awaitRest();
        assertThat(posts)
                .containsExactly(
                        "complete {\"success\":false,\"error\":{\"message\":\"The service could not"
                                + " finish the work.\"}}");
    }

    @Test
    void isSilentAfterItsProgress() throws Exception {
        order("k", "{\"ms\":0,\"outcome\":\"silent\",\"progress\":1}");

        awaitRest();
        assertThat(posts).hasSize(1).first().asString().startsWith("progress");
    }

    @Test
    void callsBackBeforeItAnswersIfItIsEarly() throws Exception {
        assertThat(order("k", "{\"ms\":0,\"outcome\":\"early\"}").statusCode()).isEqualTo(202);

        assertThat(posts).hasSize(1).first().asString().startsWith("complete");
    }

    @Test
    void rejectsInWords() throws Exception {
        HttpResponse<String> answer = order("k", "{\"outcome\":\"reject\"}");

        assertThat(answer.statusCode()).isEqualTo(422);
        assertThat(answer.body()).isEqualTo("This work cannot be done here.");
        assertThat(works()).isEmpty();
    }

    @Test
    void doesNotBeginTwiceWhileItWorks() throws Exception {
        order("k", "{\"ms\":60000}");

        assertThat(order("k", "{\"ms\":60000}").statusCode()).isEqualTo(202);
        assertThat(works()).hasSize(1);
    }

    @Test
    void takesAHundredWorksAtOnceAndNoMore() throws Exception {
        for (int i = 0; i < 100; i++) {
            assertThat(order("k" + i, "{\"ms\":60000}").statusCode()).isEqualTo(202);
        }

        assertThat(order("more", "{\"ms\":60000}").statusCode()).isEqualTo(429);
        assertThat(order("k0", "{\"ms\":60000}").statusCode()).isEqualTo(202);
    }

    @Test
    void postsAgainUnderTheSameIdUntilItIsTaken() throws Exception {
        statuses.addAll(List.of(500, 429));
        order("k", "{\"ms\":0}");

        awaitRest();
        assertThat(requests).hasSize(3);
        assertThat(requests)
                .extracting(r -> r.headers().get("webhook-id"))
                .containsOnly(requests.getFirst().headers().get("webhook-id"));
        assertThat(works().path(0).path("posts").toString())
                .isEqualTo("[{\"kind\":\"complete\",\"status\":202}]");
    }

    @Test
    void takesANoForAnAnswer() throws Exception {
        statuses.add(410);
        order("k", "{\"ms\":0}");

        awaitRest();
        assertThat(works().path(0).path("posts").toString())
                .isEqualTo("[{\"kind\":\"complete\",\"status\":410}]");
    }

    @Test
    void givesUpWhatNobodyWantsAnyMore() throws Exception {
        statuses.add(410);
        order("k", "{\"ms\":40,\"progress\":3}");

        awaitRest();
        assertThat(posts).hasSize(1).first().asString().startsWith("progress");
    }

    @Test
    void stopsWhatIsCalledOff() throws Exception {
        order("k", "{\"ms\":3600000,\"progress\":1}");
        order("other", "{\"ms\":3600000}");
        assertThat(works().path(1).has("cancelled")).isFalse();

        assertThat(cancel("k", "cancelled").statusCode()).isEqualTo(200);

        await().until(() -> !works().path(1).path("working").asBoolean());
        assertThat(works().path(1).path("cancelled").asText()).isEqualTo("cancelled");
        assertThat(works().path(0).path("working").asBoolean()).isTrue();
        assertThat(works().path(0).has("cancelled")).isFalse();
        assertThat(posts).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"complete", "fail", "twice"})
    void saysNothingMoreOfWhatIsCalledOffWhileItPosts(String outcome) throws Exception {
        duringPost = () -> assertThat(cancelled("k")).isEqualTo(200);
        order("k", "{\"ms\":0,\"progress\":1,\"outcome\":\"%s\"}".formatted(outcome));

        awaitRest();
        assertThat(posts).hasSize(1).first().asString().startsWith("progress");
    }

    @Test
    void saysItOnceIfItIsCalledOffInBetween() throws Exception {
        duringPost = () -> assertThat(cancelled("k")).isEqualTo(200);
        order("k", "{\"ms\":0,\"outcome\":\"twice\"}");

        awaitRest();
        assertThat(posts).hasSize(1);
        assertThat(works().path(0).path("posts").toString())
                .isEqualTo("[{\"kind\":\"complete\",\"status\":202}]");
    }

    @Test
    void postsNotAgainWhatIsCalledOff() throws Exception {
        statuses.addAll(List.of(500, 500, 500));
        duringPost = () -> assertThat(cancelled("k")).isEqualTo(200);
        order("k", "{\"ms\":0}");

        awaitRest();
        assertThat(posts).hasSize(1);
        assertThat(works().path(0).path("posts").toString())
                .isEqualTo("[{\"kind\":\"complete\",\"status\":500}]");
    }

    @Test
    void answersEarlyWorkThatIsCalledOff() throws Exception {
        duringPost = () -> assertThat(cancelled("k")).isEqualTo(200);

        assertThat(order("k", "{\"ms\":3600000,\"outcome\":\"early\"}").statusCode())
                .isEqualTo(202);
        assertThat(works().path(0).path("cancelled").asText()).isEqualTo("cancelled");
    }

    @Test
    void hearsTheFirstReasonOfManyAndAlsoWhenTheWorkIsDone() throws Exception {
        order("k", "{\"ms\":0,\"outcome\":\"silent\"}");
        awaitRest();

        assertThat(cancel("k", "timeout").statusCode()).isEqualTo(200);
        assertThat(cancel("k", "cancelled").statusCode()).isEqualTo(200);
        assertThat(works().path(0).path("cancelled").asText()).isEqualTo("timeout");
    }

    @Test
    void doesNotBeginAgainWhatIsCalledOff() throws Exception {
        order("k", "{\"ms\":3600000}");
        cancel("k", "cancelled");

        assertThat(order("k", "{\"ms\":3600000}").statusCode()).isEqualTo(410);
        assertThat(works()).hasSize(1);
    }

    @Test
    void callsOffNothingThatItDoesNotKnow() throws Exception {
        order("k", "{\"ms\":3600000}");

        assertThat(cancel("another", "cancelled").statusCode()).isEqualTo(404);
        assertThat(works().path(0).path("working").asBoolean()).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"{", "[]", "{\"operationId\":\"op-k\"}", "{\"reason\":\"cancelled\"}"})
    void refusesACancelThatItCannotRead(String body) throws Exception {
        assertThat(post("/local/service/cancel", body).statusCode()).isEqualTo(400);
    }

    private int cancelled(String key) {
        try {
            return cancel(key, "cancelled").statusCode();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{",
                "[]",
                "{\"operationId\":\"o\",\"idempotencyKey\":\"k\",\"input\":{}}",
                "{\"operationId\":\"o\",\"idempotencyKey\":\"k\",\"callback\":{\"completeUrl\":\"/x\","
                    + "\"progressUrl\":\"/y\"}}"
            })
    void refusesWhatItCannotRead(String body) throws Exception {
        assertThat(post("/local/service/operations", body).statusCode()).isEqualTo(400);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"ms\":-1}", "{\"progress\":1001}", "{\"outcome\":\"explode\"}"})
    void refusesWhatItCannotDo(String input) throws Exception {
        assertThat(order("k", input).statusCode()).isEqualTo(400);
    }
}
