package io.holdfast.local.lambda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.holdfast.local.samples.Describe;
import io.holdfast.local.samples.Obey;
import io.holdfast.local.samples.Picky;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

class FunctionHostTest {
    private static final Duration SECONDS = Duration.ofSeconds(10);
    private static final ObjectMapper JSON = new ObjectMapper();

    @BeforeEach
    void reset() {
        Obey.CALLS.set(0);
        Obey.INTERRUPTED.set(false);
    }

    @Test
    void aFunctionKnowsItselfAndItsOwnEnvironment() {
        FunctionHost host =
                Functions.host(
                        Functions.function(
                                "A",
                                Describe.class.getName() + "::handleRequest",
                                SECONDS,
                                Optional.empty()),
                        Functions.function("B", Describe.class, SECONDS));

        assertThat(text(host.invoke("A", bytes("{\"x\":1}"))))
                .isEqualTo(
                        "{\"function\":\"A\","
                            + "\"arn\":\"arn:aws:lambda:us-east-1:000000000000:function:A\","
                            + "\"logGroup\":\"/aws/lambda/A\","
                            + "\"hasTime\":true,\"memory\":512,\"event\":{\"x\":1},"
                            + "\"environment\":{\"AWS_LAMBDA_FUNCTION_MEMORY_SIZE\":\"512\","
                            + "\"AWS_LAMBDA_FUNCTION_NAME\":\"A\","
                            + "\"AWS_LAMBDA_FUNCTION_VERSION\":\"$LATEST\","
                            + "\"AWS_LAMBDA_LOG_GROUP_NAME\":\"/aws/lambda/A\","
                            + "\"AWS_LAMBDA_LOG_STREAM_NAME\":\"local\","
                            + "\"AWS_REGION\":\"us-east-1\",\"OWN\":\"A\","
                            + "\"_HANDLER\":\"io.holdfast.local.samples.Describe::handleRequest\"}}");
        assertThat(text(host.invoke("B", bytes("{}")))).contains("\"OWN\":\"B\"");
    }

    /** Needs no variables. */
    public static final class Repeat implements RequestStreamHandler {
        @Override
        public void handleRequest(InputStream input, OutputStream output, Context context)
                throws IOException {
            input.transferTo(output);
        }
    }

    @Test
    void aHandlerThatNeedsNoVariablesIsMadeAsLambdaMakesIt() {
        FunctionHost host = Functions.host(Functions.function("A", Repeat.class, SECONDS));

        assertThat(text(host.invoke("A", bytes("{\"x\":1}")))).isEqualTo("{\"x\":1}");
    }

    @Test
    void whatAFunctionThrowsIsReportedAsLambdaDoes() throws Exception {
        InvocationResult result =
                Functions.host(Functions.function("A", Obey.class, SECONDS))
                        .invoke("A", bytes("\"fail\""));

        assertThat(result.functionError()).isEqualTo("Unhandled");
        JsonNode error = JSON.readTree(result.payload());
        assertThat(error.path("errorType").asText())
                .isEqualTo("io.holdfast.local.samples.Obey$OutOfLuckException");
        assertThat(error.path("errorMessage").asText()).isEqualTo("no luck today");
        assertThat(error.path("stackTrace").path(0).asText()).contains("Obey.handleRequest");
        assertThat(error.path("cause").path("errorType").asText()).isEqualTo("java.io.IOException");
    }

    @Test
    void aFunctionThatTakesTooLongIsInterrupted() throws Exception {
        InvocationResult result =
                Functions.host(Functions.function("A", Obey.class, Duration.ofMillis(50)))
                        .invoke("A", bytes("\"hang\""));

        assertThat(result.functionError()).isEqualTo("Unhandled");
        JsonNode error = JSON.readTree(result.payload());
        assertThat(error.path("errorType").asText()).isEqualTo("Sandbox.Timedout");
        assertThat(error.path("errorMessage").asText())
                .matches("RequestId: [0-9a-f-]{36} Error: Task timed out after 0.05 seconds");
        await().untilTrue(Obey.INTERRUPTED);
    }

    @Test
    void anAnswerOverSixMegabytesIsAnError() throws Exception {
        InvocationResult result =
                Functions.host(Functions.function("A", Obey.class, SECONDS))
                        .invoke("A", bytes("\"large\""));

        assertThat(JSON.readTree(result.payload()).path("errorType").asText())
                .isEqualTo("Function.ResponseSizeTooLarge");
    }

    @Test
    void aFunctionRunsAsOftenAtOnceAsItMay() {
        FunctionHost host =
                Functions.host(
                        Functions.function("A", Obey.class.getName(), SECONDS, Optional.of(1)));
        Thread first = Thread.ofVirtual().start(() -> host.invoke("A", bytes("\"hang\"")));
        await().until(() -> Obey.CALLS.get() == 1);

        assertThatThrownBy(() -> host.invoke("A", bytes("1")))
                .isInstanceOf(TooManyRequestsException.class);

        first.interrupt();
        await().ignoreException(TooManyRequestsException.class)
                .untilAsserted(() -> assertThat(text(host.invoke("A", bytes("1")))).isEqualTo("1"));
    }

    @Test
    void anUnknownFunctionIsRefused() {
        assertThatThrownBy(() -> Functions.host().invoke("Nobody", bytes("1")))
                .isInstanceOf(UnknownFunctionException.class)
                .hasMessage("Function not found: Nobody");
    }

    @Test
    void allFunctionsThatCannotStartAreNamed() {
        assertThatThrownBy(
                        () ->
                                Functions.host(
                                        Functions.function(
                                                "A", "no.such.Handler", SECONDS, Optional.empty()),
                                        Functions.function("B", Picky.class, SECONDS),
                                        Functions.function(
                                                "C",
                                                "java.lang.Integer",
                                                SECONDS,
                                                Optional.empty()),
                                        Functions.function(
                                                "D",
                                                "java.util.HashMap",
                                                SECONDS,
                                                Optional.empty())))
                .isInstanceOf(FunctionStartException.class)
                .hasMessage(
                        """
                        A (no.such.Handler): there is no such class
                        B (io.holdfast.local.samples.Picky) did not start: MUST is not set
                        C (java.lang.Integer) needs a public constructor (Map<String, String> environment), or one without parameters if it needs no variables
                        D (java.util.HashMap) is not a RequestStreamHandler\
                        """);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(InvocationResult result) {
        return new String(result.payload(), StandardCharsets.UTF_8);
    }
}
