package io.holdfast.operation;

import static org.assertj.core.api.Assertions.assertThat;

import com.amazonaws.services.lambda.runtime.Context;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.LocalSystem;
import io.holdfast.local.TestSystems;
import io.holdfast.platform.Json;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.Message;
import software.amazon.awssdk.services.sqs.model.MessageSystemAttributeName;
import software.amazon.awssdk.services.sqs.model.QueueAttributeName;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** What the completion function cannot deal with, and a queue that nothing else reads. */
@Tag("side-by-side")
class CompletionHandlerIT {
    private static LocalSystem system;
    private static SqsClient sqs;
    private static String queue;
    private static CompletionHandler handler;

    @BeforeAll
    static void start() {
        system = TestSystems.start(Map.of());
        sqs = TestSystems.sqs(endpoint("sqs"));
        queue =
                sqs.createQueue(
                                b ->
                                        b.queueName("completions")
                                                .attributes(
                                                        Map.of(
                                                                QueueAttributeName
                                                                        .VISIBILITY_TIMEOUT,
                                                                "720")))
                        .queueUrl();
        Map<String, String> environment = TestSystems.environment(system.endpoints());
        environment.put("TABLE_NAME", "RecordTable");
        environment.put("REDIS_URL", endpoint("cache").toString());
        environment.put("CONNECTIONS_URL", endpoint("connections").toString());
        environment.put("TURN_MACHINE_ARN", "arn:aws:states:us-east-1:000000000000:stateMachine:t");
        environment.put(
                "OPERATION_MACHINE_ARN", "arn:aws:states:us-east-1:000000000000:stateMachine:o");
        environment.put("COMPLETION_QUEUE_URL", queue);
        environment.put("MODEL_ID", "script");
        environment.put("SYSTEM_PROMPT", "Be kind.");
        handler = new CompletionHandler(environment);
    }

    @AfterAll
    static void stop() {
        sqs.close();
        system.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "no JSON",
                "{\"operationId\": \"op-turn_12345678-1-0\", \"success\": true}",
            })
    void comesAgainInSecondsThoughTheVisibilityTimeoutIsMinutes(String body) throws Exception {
        sqs.sendMessage(b -> b.queueUrl(queue).messageBody(body));
        Message first = receive();

        assertThat(failures(first)).containsExactly(first.messageId());

        Message again = receive();
        assertThat(again.messageId()).isEqualTo(first.messageId());
        assertThat(received(again)).isEqualTo("2");
        sqs.deleteMessage(b -> b.queueUrl(queue).receiptHandle(again.receiptHandle()));
    }

    private static URI endpoint(String service) {
        return Objects.requireNonNull(system.endpoints().get(service), service);
    }

    /** The next message, which comes within 20 s. */
    private static Message receive() {
        List<Message> messages =
                sqs.receiveMessage(
                                b ->
                                        b.queueUrl(queue)
                                                .waitTimeSeconds(20)
                                                .messageSystemAttributeNames(
                                                        MessageSystemAttributeName.ALL))
                        .messages();
        assertThat(messages).hasSize(1);
        return messages.getFirst();
    }

    private static String received(Message message) {
        return message.attributesAsStrings().getOrDefault("ApproximateReceiveCount", "");
    }

    /** What the function says of a message: the ids of those that it could not take. */
    private static List<String> failures(Message message) throws IOException {
        ObjectNode event = Json.object();
        event.putArray("Records")
                .addObject()
                .put("messageId", message.messageId())
                .put("receiptHandle", message.receiptHandle())
                .put("body", message.body())
                .putObject("attributes")
                .put("ApproximateReceiveCount", received(message));
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        handler.handleRequest(
                new ByteArrayInputStream(Json.write(event).getBytes(StandardCharsets.UTF_8)),
                answer,
                context());
        return Json.MAPPER
                .readTree(answer.toByteArray())
                .path("batchItemFailures")
                .valueStream()
                .map(failure -> failure.path("itemIdentifier").asText())
                .toList();
    }

    /** With a minute left. */
    private static Context context() {
        return (Context)
                Proxy.newProxyInstance(
                        Context.class.getClassLoader(),
                        new Class<?>[] {Context.class},
                        (proxy, method, arguments) -> 60_000);
    }
}
