package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.local.states.language.Json;

import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sfn.SfnClient;
import software.amazon.awssdk.services.sfn.model.DescribeExecutionResponse;
import software.amazon.awssdk.services.sfn.model.HistoryEvent;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** An engine behind its server, driven by the real client, with services and time to play with. */
final class Stand implements AfterAllCallback {
    static final String ROLE = "arn:aws:iam::000000000000:role/test";
    private static final AtomicInteger NUMBER = new AtomicInteger();

    final VirtualClock clock = new VirtualClock();
    final FakeServices services;
    final StatesEngine engine;
    final StatesServer server;
    final SfnClient sfn;

    Stand() {
        this(10_000);
    }

    Stand(int finishedExecutionsKept) {
        try {
            services = new FakeServices();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        engine =
                new StatesEngine(
                        new StatesSettings(
                                "eu-central-1",
                                "000000000000",
                                clock,
                                new Random(7),
                                finishedExecutionsKept),
                        new HttpTaskIntegrations(services.url(), services.url()));
        server = StatesServer.start(0, engine);
        sfn =
                SfnClient.builder()
                        .endpointOverride(server.url())
                        .region(Region.EU_CENTRAL_1)
                        .credentialsProvider(
                                StaticCredentialsProvider.create(
                                        AwsBasicCredentials.create("key", "secret")))
                        .httpClient(UrlConnectionHttpClient.create())
                        .build();
    }

    /** A JSONata state machine that starts at its state A. */
    static String machine(String states) {
        return "{\"QueryLanguage\":\"JSONata\",\"StartAt\":\"A\",\"States\":{" + states + "}}";
    }

    String create(String definition) {
        return sfn.createStateMachine(
                        r ->
                                r.name("machine-" + NUMBER.incrementAndGet())
                                        .definition(definition)
                                        .roleArn(ROLE))
                .stateMachineArn();
    }

    String start(String definition, String input) {
        String machine = create(definition);
        return sfn.startExecution(r -> r.stateMachineArn(machine).input(input)).executionArn();
    }

    DescribeExecutionResponse run(String definition, String input) {
        return ended(start(definition, input));
    }

    /** The output of an execution that has to succeed. */
    JsonNode output(String definition, String input) {
        return output(run(definition, input));
    }

    static JsonNode output(DescribeExecutionResponse execution) {
        assertThat(execution.statusAsString())
                .as("%s: %s", execution.error(), execution.cause())
                .isEqualTo("SUCCEEDED");
        return json(execution.output());
    }

    /** Waits for an execution's end. */
    DescribeExecutionResponse ended(String arn) {
        engine.execution(arn).closed.orTimeout(20, TimeUnit.SECONDS).join();
        return describe(arn);
    }

    DescribeExecutionResponse describe(String arn) {
        return sfn.describeExecution(r -> r.executionArn(arn));
    }

    List<HistoryEvent> history(String arn) {
        return sfn.getExecutionHistory(r -> r.executionArn(arn).maxResults(1000)).events();
    }

    List<String> eventTypes(String arn) {
        return history(arn).stream().map(HistoryEvent::typeAsString).toList();
    }

    /** Waits until an event of this type has happened. */
    void awaitEvent(String arn, String type) {
        await().pollInterval(Duration.ofMillis(2))
                .atMost(Duration.ofSeconds(10))
                .until(
                        () ->
                                engine.execution(arn).events().stream()
                                        .anyMatch(event -> event.type().equals(type)));
    }

    static JsonNode json(String text) {
        try {
            return Json.read(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void afterAll(ExtensionContext context) {
        close();
    }

    void close() {
        sfn.close();
        server.close();
        services.close();
    }
}
