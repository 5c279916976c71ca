package io.holdfast.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

import io.holdfast.local.samples.Collect;
import io.holdfast.local.template.Pseudo;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ProjectionType;
import software.amazon.awssdk.services.dynamodb.model.TableDescription;
import software.amazon.awssdk.services.dynamodb.model.TimeToLiveStatus;
import software.amazon.awssdk.services.scheduler.SchedulerClient;
import software.amazon.awssdk.services.scheduler.model.ActionAfterCompletion;
import software.amazon.awssdk.services.scheduler.model.ConflictException;
import software.amazon.awssdk.services.scheduler.model.FlexibleTimeWindowMode;
import software.amazon.awssdk.services.scheduler.model.ResourceNotFoundException;
import software.amazon.awssdk.services.scheduler.model.ScheduleState;
import software.amazon.awssdk.services.scheduler.model.ScheduleSummary;
import software.amazon.awssdk.services.scheduler.model.ValidationException;
import software.amazon.awssdk.services.sqs.SqsClient;
import software.amazon.awssdk.services.sqs.model.MessageAttributeValue;
import software.amazon.awssdk.services.sqs.model.SendMessageBatchRequestEntry;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** A template that has everything, run and used through the real AWS clients. */
@Tag("side-by-side")
class SampleTemplateIT {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static LocalSystem system;
    private static SqsClient sqs;
    private static SchedulerClient scheduler;
    private static DynamoDbClient dynamo;

    @BeforeAll
    static void start() {
        Collect.EVENTS.clear();
        system =
                TestSystems.start(
                        Map.of(
                                "HOLDFAST_TEMPLATE",
                                TestSystems.ROOT
                                        .resolve(
                                                "infra/local/src/test/resources/samples/everything.yaml")
                                        .toString()));
        sqs = LocalClients.sqs(endpoint("sqs"));
        dynamo = LocalClients.dynamoDb(endpoint("dynamodb"));
        scheduler = TestSystems.scheduler(endpoint("scheduler"));
    }

    @AfterAll
    static void stop() {
        sqs.close();
        dynamo.close();
        scheduler.close();
        system.close();
    }

    @Test
    void onlyTheMessagesThatFailedComeAgainUntilTheyAreDead() {
        String jobs = queue("Jobs");
        List<SendMessageBatchRequestEntry> messages =
                Stream.of("good-1", "bad-2", "good-3")
                        .map(
                                body ->
                                        SendMessageBatchRequestEntry.builder()
                                                .id(body)
                                                .messageBody(body)
                                                .build())
                        .toList();
        sqs.sendMessageBatch(b -> b.queueUrl(jobs).entries(messages));

        assertThat(receive("DeadJobs")).isEqualTo("bad-2");
        assertThat(Collect.bodies())
                .containsOnlyOnce("good-1", "good-3")
                .filteredOn("bad-2"::equals)
                .hasSize(2);
    }

    @Test
    void aFunctionThatThrowsGetsItsMessagesAgain() {
        sqs.sendMessage(b -> b.queueUrl(queue("Jobs")).messageBody("throw"));

        await().atMost(PATIENCE)
                .untilAsserted(
                        () -> assertThat(Collect.bodies()).filteredOn("throw"::equals).hasSize(2));
        assertThat(receive("DeadJobs")).isEqualTo("throw");
    }

    @Test
    void theEventIsLambdas() {
        sqs.sendMessage(
                b ->
                        b.queueUrl(queue("Jobs"))
                                .messageBody("look")
                                .messageAttributes(
                                        Map.of(
                                                "color",
                                                MessageAttributeValue.builder()
                                                        .dataType("String")
                                                        .stringValue("red")
                                                        .build())));

        await().atMost(PATIENCE).until(() -> Collect.bodies().contains("look"));
        JsonNode record =
                Collect.EVENTS.stream()
                        .flatMap(event -> event.path("Records").valueStream())
                        .filter(message -> message.path("body").asText().equals("look"))
                        .findFirst()
                        .orElseThrow();
        assertThat(record.path("eventSource").asText()).isEqualTo("aws:sqs");
        assertThat(record.path("eventSourceARN").asText()).isEqualTo(Pseudo.arn("sqs", "Jobs"));
        assertThat(record.path("attributes").path("ApproximateReceiveCount").asText())
                .isEqualTo("1");
        assertThat(record.path("messageAttributes").path("color").path("stringValue").asText())
                .isEqualTo("red");
    }

    @Test
    void theTemplatesScheduleCallsItsFunction() {
        await().atMost(PATIENCE)
                .until(
                        () ->
                                Collect.EVENTS.stream()
                                        .anyMatch(
                                                e ->
                                                        e.path("from")
                                                                .asText()
                                                                .equals("the template")));
        assertThat(scheduler.getSchedule(b -> b.name("from-the-template")).target().arn())
                .isEqualTo(Pseudo.arn("lambda", "function:CollectFunction"));
    }

    @Test
    void aScheduleCallsAStateMachineAndIsGone() {
        schedule("call-machine", Pseudo.arn("states", "stateMachine:Machine"), "{\"word\":\"hi\"}");

        assertThat(receive("Outbox")).isEqualTo("machine got hi");
        assertThatThrownBy(() -> scheduler.getSchedule(b -> b.name("call-machine")))
                .isInstanceOf(ResourceNotFoundException.class);
    }

    @Test
    void aScheduleCallsAFunctionWithItsContext() {
        schedule(
                "call-function",
                Pseudo.arn("lambda", "function:CollectFunction"),
                "{\"arn\":\"<aws.scheduler.schedule-arn>\",\"attempt\":<aws.scheduler.attempt-number>}");

        await().atMost(PATIENCE)
                .until(
                        () ->
                                Collect.EVENTS.stream()
                                        .anyMatch(
                                                e ->
                                                        e.path("arn")
                                                                        .asText()
                                                                        .endsWith("/call-function")
                                                                && e.path("attempt").asInt() == 1));
    }

    @Test
    void schedulesAreMadeChangedListedAndDeleted() {
        for (String name : List.of("list-a", "list-b", "list-c")) {
            scheduler.createSchedule(
                    b ->
                            b.name(name)
                                    .scheduleExpression("cron(0 3 * * ? 2099)")
                                    .scheduleExpressionTimezone("Europe/Berlin")
                                    .flexibleTimeWindow(w -> w.mode(FlexibleTimeWindowMode.OFF))
                                    .target(t -> t.arn(Pseudo.arn("sqs", "Outbox")).roleArn("r")));
        }
        scheduler.updateSchedule(
                b ->
                        b.name("list-b")
                                .state(ScheduleState.DISABLED)
                                .scheduleExpression("rate(1 day)")
                                .flexibleTimeWindow(w -> w.mode(FlexibleTimeWindowMode.OFF))
                                .target(t -> t.arn(Pseudo.arn("sqs", "Outbox")).roleArn("r")));
        scheduler.deleteSchedule(b -> b.name("list-c"));

        assertThat(names(scheduler.listSchedules(b -> b.namePrefix("list-")).schedules()))
                .containsExactly("list-a", "list-b");
        assertThat(
                        scheduler
                                .listSchedulesPaginator(b -> b.namePrefix("list-").maxResults(1))
                                .schedules()
                                .stream()
                                .map(ScheduleSummary::name))
                .containsExactly("list-a", "list-b");
        assertThat(
                        names(
                                scheduler
                                        .listSchedules(
                                                b ->
                                                        b.namePrefix("list-")
                                                                .state(ScheduleState.DISABLED))
                                        .schedules()))
                .containsExactly("list-b");
        var read = scheduler.getSchedule(b -> b.name("list-a").groupName("default"));
        assertThat(read.scheduleExpressionTimezone()).isEqualTo("Europe/Berlin");
        assertThat(read.creationDate()).isNotNull();
        assertThat(read.state()).isEqualTo(ScheduleState.ENABLED);
        assertThatThrownBy(() -> schedule("list-a", Pseudo.arn("sqs", "Outbox"), "taken"))
                .isInstanceOf(ConflictException.class);
        assertThatThrownBy(() -> schedule("bad", "arn:aws:sns:x", "no"))
                .isInstanceOf(ValidationException.class);
        assertThatThrownBy(() -> scheduler.deleteSchedule(b -> b.name("nobody")))
                .isInstanceOf(ResourceNotFoundException.class);
    }

    @Test
    void aTableHasItsIndexesAndItsTimeToLive() {
        put("a", "1", "alice", 3);
        put("a", "2", "bob", 1);
        put("b", "3", "alice", 2);

        assertThat(sortKeys("by-owner", "owner", "alice")).containsExactly("1", "3");
        assertThat(sortKeys("by-rank", "pk", "a")).containsExactly("2", "1");
        TableDescription table = dynamo.describeTable(b -> b.tableName("Things")).table();
        assertThat(table.globalSecondaryIndexes().getFirst().projection().projectionType())
                .isEqualTo(ProjectionType.KEYS_ONLY);
        assertThat(
                        dynamo.describeTimeToLive(b -> b.tableName("Things"))
                                .timeToLiveDescription()
                                .timeToLiveStatus())
                .isEqualTo(TimeToLiveStatus.ENABLED);
    }

    @Test
    void aFunctionBehindTheImplicitApiSeesTheValuesOfThisMachine() throws Exception {
        try (HttpClient http = HttpClient.newHttpClient()) {
            String answer =
                    http.send(
                                    HttpRequest.newBuilder(system.url().resolve("/describe/me"))
                                            .build(),
                                    HttpResponse.BodyHandlers.ofString())
                            .body();

            JsonNode seen = new ObjectMapper().readTree(answer);
            JsonNode environment = seen.path("environment");
            assertThat(environment.path("JOBS_URL").asText()).isEqualTo(queue("Jobs"));
            assertThat(environment.path("INDEX_ARN").asText())
                    .isEqualTo(Pseudo.arn("dynamodb", "table/Things/index/by-owner"));
            assertThat(environment.path("AWS_ENDPOINT_URL_SQS").asText())
                    .isEqualTo(endpoint("sqs").toString());
            assertThat(seen.path("event").path("pathParameters").path("name").asText())
                    .isEqualTo("me");
        }
    }

    private static void schedule(String name, String targetArn, String input) {
        scheduler.createSchedule(
                b ->
                        b.name(name)
                                .scheduleExpression("at(2020-01-01T00:00:00)")
                                .actionAfterCompletion(ActionAfterCompletion.DELETE)
                                .flexibleTimeWindow(w -> w.mode(FlexibleTimeWindowMode.OFF))
                                .target(t -> t.arn(targetArn).roleArn("r").input(input)));
    }

    private static void put(String pk, String sk, String owner, int rank) {
        dynamo.putItem(
                b ->
                        b.tableName("Things")
                                .item(
                                        Map.of(
                                                "pk", AttributeValue.fromS(pk),
                                                "sk", AttributeValue.fromS(sk),
                                                "owner", AttributeValue.fromS(owner),
                                                "rank", AttributeValue.fromN("" + rank))));
    }

    /** The sort keys of what an index holds under a key, in its order. */
    private static List<String> sortKeys(String index, String attribute, String value) {
        return dynamo
                .query(
                        b ->
                                b.tableName("Things")
                                        .indexName(index)
                                        .keyConditionExpression("#k = :v")
                                        .expressionAttributeNames(Map.of("#k", attribute))
                                        .expressionAttributeValues(
                                                Map.of(":v", AttributeValue.fromS(value))))
                .items()
                .stream()
                .map(item -> item.getOrDefault("sk", AttributeValue.fromS("")).s())
                .toList();
    }

    /** The next message of a queue, which then is gone. */
    private static String receive(String queueName) {
        List<String> bodies = new ArrayList<>();
        await().atMost(PATIENCE)
                .until(
                        () -> {
                            sqs.receiveMessage(
                                            b ->
                                                    b.queueUrl(queue(queueName))
                                                            .maxNumberOfMessages(1)
                                                            .waitTimeSeconds(1))
                                    .messages()
                                    .forEach(
                                            message -> {
                                                bodies.add(message.body());
                                                sqs.deleteMessage(
                                                        b ->
                                                                b.queueUrl(queue(queueName))
                                                                        .receiptHandle(
                                                                                message
                                                                                        .receiptHandle()));
                                            });
                            return !bodies.isEmpty();
                        });
        return bodies.getFirst();
    }

    private static List<String> names(List<ScheduleSummary> schedules) {
        return schedules.stream().map(ScheduleSummary::name).toList();
    }

    private static String queue(String name) {
        return endpoint("sqs") + "/" + Pseudo.ACCOUNT + "/" + name;
    }

    private static URI endpoint(String name) {
        URI url = system.endpoints().get(name);
        if (url == null) {
            throw new AssertionError("There is no endpoint " + name);
        }
        return url;
    }
}
