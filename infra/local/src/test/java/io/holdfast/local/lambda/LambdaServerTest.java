package io.holdfast.local.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.holdfast.local.samples.Obey;
import io.holdfast.local.template.Resource;
import io.holdfast.local.template.Resource.Function.Unattended;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.retries.DefaultRetryStrategy;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.FunctionConfiguration;
import software.amazon.awssdk.services.lambda.model.InvalidRequestContentException;
import software.amazon.awssdk.services.lambda.model.InvocationType;
import software.amazon.awssdk.services.lambda.model.InvokeResponse;
import software.amazon.awssdk.services.lambda.model.LambdaException;
import software.amazon.awssdk.services.lambda.model.RequestTooLargeException;
import software.amazon.awssdk.services.lambda.model.ResourceNotFoundException;
import software.amazon.awssdk.services.lambda.model.TooManyRequestsException;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/** The Lambda API, through the real client. */
class LambdaServerTest {
    private static final Duration SECONDS = Duration.ofSeconds(10);

    private final Queue<String> letters = new ConcurrentLinkedQueue<>();
    private LambdaServer server;
    private LambdaClient client;

    @BeforeEach
    void start() throws IOException {
        Obey.CALLS.set(0);
        Resource.Function none =
                Functions.function("None", Obey.class.getName(), SECONDS, Optional.of(0));
        Resource.Function buried =
                Functions.unattended(
                        "Buried", Obey.class, new Unattended(1, SECONDS, Optional.of("letters")));
        Resource.Function old =
                Functions.unattended(
                        "Old",
                        Obey.class,
                        new Unattended(2, Duration.ZERO, Optional.of("letters")));
        FunctionHost host =
                Functions.host(Functions.function("Obey", Obey.class, SECONDS), none, buried, old);
        List<Duration> soon = List.of(Duration.ofMillis(10), Duration.ofMillis(10));
        server =
                LambdaServer.start(
                        0,
                        () -> host,
                        (queue, event) ->
                                letters.add(
                                        queue + " " + new String(event, StandardCharsets.UTF_8)),
                        soon);
        client =
                LambdaClient.builder()
                        .endpointOverride(server.url())
                        .region(Region.US_EAST_1)
                        .credentialsProvider(
                                StaticCredentialsProvider.create(
                                        AwsBasicCredentials.create("local", "local")))
                        .httpClientBuilder(UrlConnectionHttpClient.builder())
                        .overrideConfiguration(
                                o -> o.retryStrategy(DefaultRetryStrategy.doNotRetry()))
                        .build();
    }

    @AfterEach
    void stop() {
        client.close();
        server.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Obey",
                "Obey:$LATEST",
                "arn:aws:lambda:us-east-1:000000000000:function:Obey",
                "arn:aws:lambda:us-east-1:000000000000:function:Obey:$LATEST",
                "000000000000:function:Obey"
            })
    void invokesByNameOrArn(String name) {
        InvokeResponse response = invoke(name, "{\"a\":\"ü\"}", InvocationType.REQUEST_RESPONSE);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.executedVersion()).isEqualTo("$LATEST");
        assertThat(response.functionError()).isNull();
        assertThat(response.payload().asUtf8String()).isEqualTo("{\"a\":\"ü\"}");
    }

    @Test
    void tellsOfAFunctionsErrorInAHeader() {
        InvokeResponse response = invoke("Obey", "\"fail\"", InvocationType.REQUEST_RESPONSE);

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.functionError()).isEqualTo("Unhandled");
        assertThat(response.payload().asUtf8String()).contains("OutOfLuckException");
    }

    @Test
    void anAsynchronousInvocationIsTriedThreeTimes() {
        InvokeResponse response = invoke("Obey", "\"fail\"", InvocationType.EVENT);

        assertThat(response.statusCode()).isEqualTo(202);
        await().untilAsserted(() -> assertThat(Obey.CALLS).hasValue(3));
        // It stays at three: nothing is left that could call again.
        await().during(Duration.ofMillis(200)).until(() -> Obey.CALLS.get() == 3);
    }

    @Test
    void aFunctionSaysHowOftenItsEventsAreTriedAndWhereTheyGoThen() {
        invoke("Buried", "\"fail\"", InvocationType.EVENT);

        await().untilAsserted(() -> assertThat(letters).containsExactly("letters \"fail\""));
        assertThat(Obey.CALLS).hasValue(2);
    }

    @Test
    void anEventThatWouldBeTooOldIsNotTriedAgain() {
        invoke("Old", "\"fail\"", InvocationType.EVENT);

        await().untilAsserted(() -> assertThat(letters).containsExactly("letters \"fail\""));
        assertThat(Obey.CALLS).hasValue(1);
    }

    @Test
    void anAsynchronousInvocationThatSucceedsIsTriedOnce() {
        invoke("Obey", "1", InvocationType.EVENT);

        await().untilAsserted(() -> assertThat(Obey.CALLS).hasValue(1));
        await().during(Duration.ofMillis(200)).until(() -> Obey.CALLS.get() == 1);
    }

    @Test
    void aDryRunRunsNothing() {
        assertThat(invoke("Obey", "1", InvocationType.DRY_RUN).statusCode()).isEqualTo(204);
        assertThat(Obey.CALLS).hasValue(0);
    }

    @Test
    void refusesAnUnknownFunction() {
        assertThatThrownBy(() -> invoke("Nobody", "1", InvocationType.REQUEST_RESPONSE))
                .isInstanceOf(ResourceNotFoundException.class)
                .hasMessageContaining(
                        "Function not found:"
                                + " arn:aws:lambda:us-east-1:000000000000:function:Nobody");
    }

    @Test
    void refusesWhatIsNotJson() {
        assertThatThrownBy(() -> invoke("Obey", "{", InvocationType.REQUEST_RESPONSE))
                .isInstanceOf(InvalidRequestContentException.class);
    }

    @Test
    void refusesAnEventThatIsTooLarge() {
        String megabyte = "\"" + "x".repeat(1024 * 1024) + "\"";

        assertThatThrownBy(() -> invoke("Obey", megabyte, InvocationType.EVENT))
                .isInstanceOf(RequestTooLargeException.class);
        assertThat(invoke("Obey", megabyte, InvocationType.REQUEST_RESPONSE).statusCode())
                .isEqualTo(200);
    }

    @Test
    void throttlesAFunctionThatMayNotRun() {
        assertThatThrownBy(() -> invoke("None", "1", InvocationType.REQUEST_RESPONSE))
                .isInstanceOf(TooManyRequestsException.class);
    }

    @Test
    void listsTheFunctions() {
        assertThat(client.listFunctions().functions())
                .extracting(FunctionConfiguration::functionName)
                .containsExactly("Buried", "None", "Obey", "Old");
        assertThat(client.getFunction(b -> b.functionName("Obey")).configuration().timeout())
                .isEqualTo(10);
    }

    @Test
    void otherOperationsAreRefused() {
        assertThatThrownBy(() -> client.listLayers()).isInstanceOf(LambdaException.class);
    }

    private InvokeResponse invoke(String name, String payload, InvocationType type) {
        return client.invoke(
                b ->
                        b.functionName(name)
                                .invocationType(type)
                                .payload(SdkBytes.fromUtf8String(payload)));
    }
}
