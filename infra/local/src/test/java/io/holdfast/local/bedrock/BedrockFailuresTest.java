package io.holdfast.local.bedrock;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.holdfast.local.bedrock.RealClient.Call;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.bedrockruntime.model.AccessDeniedException;
import software.amazon.awssdk.services.bedrockruntime.model.BedrockRuntimeException;
import software.amazon.awssdk.services.bedrockruntime.model.ConverseStreamOutput.EventType;
import software.amazon.awssdk.services.bedrockruntime.model.InternalServerException;
import software.amazon.awssdk.services.bedrockruntime.model.ModelErrorException;
import software.amazon.awssdk.services.bedrockruntime.model.ModelStreamErrorException;
import software.amazon.awssdk.services.bedrockruntime.model.ModelTimeoutException;
import software.amazon.awssdk.services.bedrockruntime.model.ResourceNotFoundException;
import software.amazon.awssdk.services.bedrockruntime.model.ServiceUnavailableException;
import software.amazon.awssdk.services.bedrockruntime.model.ThrottlingException;
import software.amazon.awssdk.services.bedrockruntime.model.ValidationException;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;

/** Failures as the ordinary client sees them. */
class BedrockFailuresTest {
    private RealClient real;

    @BeforeEach
    void start() throws IOException {
        real = new RealClient(0);
    }

    @AfterEach
    void stop() {
        real.close();
    }

    @ParameterizedTest
    @CsvSource({
        "throttled, 429",
        "unavailable, 503",
        "internal, 500",
        "timeout, 408",
        "access, 403",
        "missing, 404",
        "validation, 400",
        "context, 400"
    })
    void failsBeforeTheStreamAsBedrockDoes(String way, int status) {
        Class<?> expected =
                switch (way) {
                    case "throttled" -> ThrottlingException.class;
                    case "unavailable" -> ServiceUnavailableException.class;
                    case "internal" -> InternalServerException.class;
                    case "timeout" -> ModelTimeoutException.class;
                    case "access" -> AccessDeniedException.class;
                    case "missing" -> ResourceNotFoundException.class;
                    default -> ValidationException.class;
                };

        Call call = real.ask("fail " + way);

        assertThatThrownBy(() -> call.finished())
                .cause()
                .isInstanceOf(expected)
                .satisfies(
                        e -> {
                            BedrockRuntimeException failure = (BedrockRuntimeException) e;
                            assertThat(failure.statusCode()).isEqualTo(status);
                            assertThat(failure.requestId()).isNotEmpty();
                            assertThat(failure.awsErrorDetails().errorMessage()).isNotEmpty();
                        });
        assertThat(call.events()).isEmpty();
    }

    @Test
    void failsInMidStreamAfterFiveTokensAndRecovers() {
        real.pacer.runFreely();

        Call failing = real.ask("fail midstream 1 times");
        assertThatThrownBy(failing::finished).cause().isInstanceOf(ModelStreamErrorException.class);
        assertThat(failing.text()).isEqualTo("1 2 3 4 5");

        assertThat(real.ask("fail midstream 1 times").finished().text()).isEqualTo("recovered");
    }

    @Test
    void failsWithinTheStreamOnceItHasBegun() {
        real.pacer.runFreely();

        assertThatThrownBy(() -> real.ask("count to 2\nfail throttled").finished())
                .cause()
                .isInstanceOf(ThrottlingException.class);
        assertThatThrownBy(() -> real.ask("count to 2\nfail timeout").finished())
                .cause()
                .isInstanceOfSatisfying(
                        ModelStreamErrorException.class,
                        e -> assertThat(e.originalStatusCode()).isEqualTo(408));
    }

    @Test
    void recoversWithinTheRetriesOfTheClient() throws IOException {
        try (RealClient retrying = new RealClient(2)) {
            retrying.pacer.runFreely();

            assertThat(retrying.ask("fail throttled 2 times").finished().text())
                    .isEqualTo("recovered");
        }
    }

    @ParameterizedTest
    @CsvSource({"drop, ''", "drop after 3, 1 2 3"})
    void dropsTheConnectionWithoutAnEnd(String order, String text) {
        real.pacer.runFreely();

        Call call = real.ask(order);

        assertThatThrownBy(call::finished).cause().isInstanceOf(SdkClientException.class);
        assertThat(call.text()).isEqualTo(text);
        assertThat(call.types()).doesNotContain(EventType.MESSAGE_STOP);
    }

    @Test
    void failsConverseWholeWhereTheStreamWouldBreak() {
        real.pacer.runFreely();

        assertThatThrownBy(
                        () ->
                                real.client
                                        .converse(
                                                c ->
                                                        c.modelId(RealClient.MODEL)
                                                                .messages(
                                                                        RealClient.user(
                                                                                "fail midstream")))
                                        .join())
                .cause()
                .isInstanceOf(ModelErrorException.class);
    }

    @Test
    void refusesARequestThatBedrockWouldRefuse() {
        assertThatThrownBy(() -> real.ask(" ").finished())
                .cause()
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("messages.0.content.0 is blank");
    }

    @Test
    void survivesABackendThatBreaks() throws Exception {
        ModelBackend broken =
                (_, _) -> {
                    throw new IllegalStateException("secret");
                };
        try (BedrockServer other = BedrockServer.start(0, broken);
                HttpClient plain = HttpClient.newHttpClient()) {
            HttpResponse<String> response =
                    plain.send(
                            HttpRequest.newBuilder(URI.create(other.url() + "/model/a/converse"))
                                    .POST(
                                            HttpRequest.BodyPublishers.ofString(
                                                    "{\"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"a\"}]}]}"))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            assertThat(response.statusCode()).isEqualTo(500);
            assertThat(response.headers().firstValue("x-amzn-errortype"))
                    .contains("InternalServerException");
            assertThat(response.body()).doesNotContain("secret");
        }
    }
}
