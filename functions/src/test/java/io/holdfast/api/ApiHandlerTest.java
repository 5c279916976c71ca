package io.holdfast.api;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.Context;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.function.Function;

/** What becomes of requests on their way to the routes and back. */
@NullMarked
final class ApiHandlerTest {

    @Test
    void aFailureOfOursIsAProblemThatTellsNothingOfUs() throws IOException {
        JsonNode answer =
                answer(
                        "{}",
                        request -> {
                            throw new IllegalStateException("the table's name is secret");
                        });

        assertThat(answer.path("statusCode").asInt()).isEqualTo(500);
        assertThat(answer.path("headers").path("content-type").asText())
                .isEqualTo("application/problem+json");
        assertThat(Json.read(answer.path("body").asText()))
                .isEqualTo(
                        Json.object()
                                .put("type", "/problems/internal")
                                .put("title", "Internal Server Error")
                                .put("status", 500)
                                .put("detail", "Something went wrong. Please try again."));
    }

    @Test
    void aBodyIsReadIfItIsAJsonObjectOfUnicodeText() throws IOException {
        assertThat(isRead("{\"a\":\"\\ud83d\\ude00\"}")).isTrue();
        for (String body :
                new String[] {
                    "",
                    "[]",
                    "{",
                    "{}{}",
                    "{\"a\":\"\\ud83d\"}",
                    "{\"\\ude00\":1}",
                    "{\"a\":".repeat(2_000)
                }) {
            assertThat(isRead(body)).as(body).isFalse();
        }
    }

    private static boolean isRead(String body) throws IOException {
        ObjectNode event = Json.object().put("body", body);
        return answer(
                        Json.write(event),
                        request ->
                                HttpResponse.ok(
                                        Json.object().put("read", request.jsonBody().isPresent())))
                .path("body")
                .asText()
                .contains("true");
    }

    private static JsonNode answer(String event, Function<HttpRequest, HttpResponse> routes)
            throws IOException {
        ByteArrayOutputStream output = new ByteArrayOutputStream();
        Context context =
                (Context)
                        Proxy.newProxyInstance(
                                Context.class.getClassLoader(),
                                new Class<?>[] {Context.class},
                                (proxy, method, arguments) -> null);
        new ApiHandler(routes)
                .handleRequest(
                        new ByteArrayInputStream(event.getBytes(StandardCharsets.UTF_8)),
                        output,
                        context);
        return Json.MAPPER.readTree(output.toByteArray());
    }
}
