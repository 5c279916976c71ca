package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.local.states.FakeServices.Reply;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import software.amazon.awssdk.services.sfn.model.DescribeExecutionResponse;

import java.net.URI;

/** What tasks send to Lambda and SQS, and what they make of the answers. */
final class TaskTest {
    @RegisterExtension static final Stand STAND = new Stand();

    private static String lambda(String arguments, String rest) {
        return Stand.machine(
                "\"A\":{\"Type\":\"Task\",\"Resource\":\"arn:aws:states:::lambda:invoke\",\"Arguments\":"
                        + arguments
                        + rest
                        + ",\"End\":true}");
    }

    private static String function(String arn) {
        return Stand.machine("\"A\":{\"Type\":\"Task\",\"Resource\":\"" + arn + "\",\"End\":true}");
    }

    private static FakeServices.Request lastRequest() {
        return STAND.services.requests.getLast();
    }

    @Test
    void invokeSendsThePayloadAndAnswersAsTheServiceDoes() {
        STAND.services.function("echo", Reply::okOf);

        JsonNode output =
                STAND.output(
                        lambda(
                                "{\"FunctionName\":\"echo\",\"Payload\":{\"n\":\"{% $states.input.n"
                                        + " %}\"}}",
                                ""),
                        "{\"n\":1}");

        assertThat(output.path("Payload").toString()).isEqualTo("{\"n\":1}");
        assertThat(output.path("StatusCode").intValue()).isEqualTo(200);
        assertThat(output.path("ExecutedVersion").textValue()).isEqualTo("$LATEST");
        assertThat(output.at("/SdkHttpMetadata/HttpStatusCode").intValue()).isEqualTo(200);
        assertThat(output.at("/SdkHttpMetadata/HttpHeaders").size()).isPositive();
        assertThat(output.path("SdkResponseMetadata").has("RequestId")).isTrue();
        assertThat(lastRequest().path()).isEqualTo("/2015-03-31/functions/echo/invocations");
        assertThat(lastRequest().headers().get("X-amz-invocation-type"))
                .containsExactly("RequestResponse");
    }

    @Test
    void outputAndAssignSeeTheResult() {
        STAND.services.function("double", event -> Reply.ok("" + event.intValue() * 2));
        String definition =
                Stand.machine(
                        """
                        "A": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                          "Arguments": {"FunctionName": "double", "Payload": "{% $states.input %}"},
                          "Assign": {"twice": "{% $states.result.Payload %}"},
                          "Output": "{% $states.result.Payload + $states.input %}", "Next": "B"},
                        "B": {"Type": "Pass", "Output": "{% [$states.input, $twice] %}", "End": true}
                        """);

        assertThat(STAND.output(definition, "4").toString()).isEqualTo("[12,8]");
    }

    @ParameterizedTest
    @CsvSource({
        "named,named,",
        "named:live,named,live",
        "arn:aws:lambda:eu-central-1:000000000000:function:named,named,",
        "arn:aws:lambda:eu-central-1:000000000000:function:named:7,named,7",
        "000000000000:function:named,named,"
    })
    void aFunctionIsNamedInEveryWayThatLambdaKnows(String name, String function, String version) {
        STAND.services.function("named", Reply::okOf);

        STAND.output(lambda("{\"FunctionName\":\"" + name + "\"}", ""), "{}");

        assertThat(lastRequest().path())
                .isEqualTo(
                        "/2015-03-31/functions/"
                                + function
                                + "/invocations"
                                + (version == null ? "" : "?Qualifier=" + version));
        assertThat(lastRequest().body().toString()).isEqualTo("{}");
    }

    @Test
    void aFunctionsArnAsTheResourceGetsTheInputAndAnswersItsResult() {
        STAND.services.function("plain", Reply::okOf);

        assertThat(
                        STAND.output(
                                        function(
                                                "arn:aws:lambda:eu-central-1:000000000000:function:plain"),
                                        "{\"n\":1}")
                                .toString())
                .isEqualTo("{\"n\":1}");
    }

    @Test
    void aFunctionsErrorIsNamedByItsErrorType() {
        String error = "{\"errorMessage\":\"no\",\"errorType\":\"com.example.Broken\",\"x\":[1]}";
        STAND.services.function("broken", _ -> Reply.functionError(error));

        DescribeExecutionResponse execution =
                STAND.run(lambda("{\"FunctionName\":\"broken\"}", ""), "{}");

        assertThat(execution.error()).isEqualTo("com.example.Broken");
        assertThat(execution.cause()).isEqualTo(error);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"errorMessage\":\"Task timed out after 3.00 seconds\"}", "\"oops\""})
    void aFunctionsErrorWithoutATypeIsUnknown(String error) {
        STAND.services.function("nameless", _ -> Reply.functionError(error));

        DescribeExecutionResponse execution =
                STAND.run(lambda("{\"FunctionName\":\"nameless\"}", ""), "{}");

        assertThat(execution.error()).isEqualTo("Lambda.Unknown");
        assertThat(execution.cause()).contains(error);
    }

    @ParameterizedTest
    @CsvSource({
        "404,ResourceNotFoundException,Lambda.ResourceNotFoundException",
        "429,TooManyRequestsException,Lambda.TooManyRequestsException",
        "500,ServiceException,Lambda.ServiceException",
        "400,InvalidRequestContentException:http://x,Lambda.InvalidRequestContentException",
        "403,AccessDeniedException,Lambda.AWSLambdaException",
        "502,,Lambda.AWSLambdaException"
    })
    void aServiceErrorIsNamedAsAwsNamesIt(int status, String type, String error) {
        STAND.services.function(
                "refused", _ -> Reply.serviceError(status, type == null ? "" : type));

        DescribeExecutionResponse execution =
                STAND.run(lambda("{\"FunctionName\":\"refused\"}", ""), "{}");

        assertThat(execution.error()).isEqualTo(error);
        assertThat(execution.cause()).contains("Service: AWSLambda; Status Code: " + status);
    }

    @Test
    void anUnknownFunctionIsNotFound() {
        assertThat(STAND.run(lambda("{\"FunctionName\":\"nobody\"}", ""), "{}").error())
                .isEqualTo("Lambda.ResourceNotFoundException");
    }

    @Test
    void anEndpointThatIsNotThereIsAClientError() {
        HttpTaskIntegrations nowhere =
                new HttpTaskIntegrations(
                        URI.create("http://127.0.0.1:1"), URI.create("http://127.0.0.1:1"));
        StatesEngine engine =
                new StatesEngine(
                        new StatesSettings(
                                "r", "000000000000", new VirtualClock(), new java.util.Random(), 9),
                        nowhere);
        String machine = engine.createStateMachine("m", lambda("{\"FunctionName\":\"f\"}", ""));

        assertThat(engine.startExecution(machine, "n", "{}").closed.join().error())
                .isEqualTo("Lambda.SdkClientException");
    }

    @Test
    void aPayloadThatIsUndefinedNeverReachesTheFunction() {
        STAND.services.function("unreached", Reply::okOf);
        int before = STAND.services.requests.size();

        DescribeExecutionResponse execution =
                STAND.run(
                        lambda("{\"FunctionName\":\"unreached\",\"Payload\":\"{% $nope %}\"}", ""),
                        "{}");

        assertThat(execution.error()).isEqualTo("States.QueryEvaluationError");
        assertThat(execution.cause()).contains("specified for the field 'Arguments/Payload'");
        assertThat(STAND.services.requests).hasSize(before);
    }

    @Test
    void anExpressionMayBeTheWholeOfTheArguments() {
        STAND.services.function("whole", Reply::okOf);

        assertThat(
                        STAND.output(
                                        lambda("\"{% $states.input %}\"", ""),
                                        "{\"FunctionName\":\"whole\",\"Payload\":[1]}")
                                .path("Payload")
                                .toString())
                .isEqualTo("[1]");
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"FunctionName\":null}", "{\"FunctionName\":5}", "[]", "5"})
    void argumentsThatNameNoFunctionEndTheExecution(String input) {
        assertThat(STAND.run(lambda("\"{% $states.input %}\"", ""), input).error())
                .isEqualTo("States.Runtime");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {"\"text\" | text", "{\"n\":\"{% 1 + 1 %}\"} | {\"n\":2}"})
    void aMessagesBodyIsTextOrBecomesIt(String body, String sent) {
        String definition =
                Stand.machine(
                        """
                        "A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
                          "Arguments": {"QueueUrl": "http://q/ok", "MessageBody": %s}, "End": true}
                        """
                                .formatted(body));

        assertThat(STAND.output(definition, "{}").path("MessageId").textValue()).isEqualTo("m-1");
        assertThat(lastRequest().body().path("MessageBody").textValue()).isEqualTo(sent);
        assertThat(lastRequest().headers().get("X-amz-target"))
                .containsExactly("AmazonSQS.SendMessage");
    }

    @Test
    void aQueueThatDoesNotExistIsAnErrorOfSqs() {
        String definition =
                Stand.machine(
                        """
                        "A": {"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage",
                          "Arguments": {"QueueUrl": "http://q/missing", "MessageBody": "x"}, "End": true}
                        """);

        assertThat(STAND.run(definition, "{}").error()).isEqualTo("SQS.QueueDoesNotExistException");
    }
}
