package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import software.amazon.awssdk.services.sfn.model.DescribeStateMachineResponse;
import software.amazon.awssdk.services.sfn.model.ExecutionAlreadyExistsException;
import software.amazon.awssdk.services.sfn.model.ExecutionDoesNotExistException;
import software.amazon.awssdk.services.sfn.model.ExecutionListItem;
import software.amazon.awssdk.services.sfn.model.ExecutionStatus;
import software.amazon.awssdk.services.sfn.model.HistoryEvent;
import software.amazon.awssdk.services.sfn.model.InvalidArnException;
import software.amazon.awssdk.services.sfn.model.InvalidDefinitionException;
import software.amazon.awssdk.services.sfn.model.InvalidExecutionInputException;
import software.amazon.awssdk.services.sfn.model.InvalidNameException;
import software.amazon.awssdk.services.sfn.model.InvalidTokenException;
import software.amazon.awssdk.services.sfn.model.MissingRequiredParameterException;
import software.amazon.awssdk.services.sfn.model.SfnException;
import software.amazon.awssdk.services.sfn.model.StateMachineAlreadyExistsException;
import software.amazon.awssdk.services.sfn.model.StateMachineDoesNotExistException;
import software.amazon.awssdk.services.sfn.model.StateMachineType;
import software.amazon.awssdk.services.sfn.model.StateMachineTypeNotSupportedException;
import software.amazon.awssdk.services.sfn.model.ValidateStateMachineDefinitionResponse;
import software.amazon.awssdk.services.sfn.model.ValidationException;

import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The service's operations, through its real client. */
final class ServiceApiTest {
    @RegisterExtension static final Stand STAND = new Stand();

    private static final String PASS = Stand.machine("\"A\":{\"Type\":\"Pass\",\"End\":true}");
    private static final String OTHER = Stand.machine("\"A\":{\"Type\":\"Succeed\"}");
    private static final String WAIT =
            Stand.machine("\"A\":{\"Type\":\"Wait\",\"Seconds\":60,\"End\":true}");
    private static final String NOBODY =
            "arn:aws:states:eu-central-1:000000000000:stateMachine:nobody";

    private static String create(String name, String definition) {
        return STAND.sfn
                .createStateMachine(r -> r.name(name).definition(definition).roleArn(Stand.ROLE))
                .stateMachineArn();
    }

    private static String start(String machine, String name, String input) {
        return STAND.sfn
                .startExecution(r -> r.stateMachineArn(machine).name(name).input(input))
                .executionArn();
    }

    @Test
    void aStateMachineIsMadeOnceAndDescribedAsItWasGiven() {
        String arn = create("described", PASS);

        assertThat(arn)
                .isEqualTo("arn:aws:states:eu-central-1:000000000000:stateMachine:described");
        assertThat(create("described", PASS)).isEqualTo(arn);
        DescribeStateMachineResponse machine =
                STAND.sfn.describeStateMachine(r -> r.stateMachineArn(arn));
        assertThat(machine.definition()).isEqualTo(PASS);
        assertThat(machine.roleArn()).isEqualTo(Stand.ROLE);
        assertThat(machine.type()).isEqualTo(StateMachineType.STANDARD);
        assertThat(machine.statusAsString()).isEqualTo("ACTIVE");
    }

    @Test
    void aNameIsNotTakenTwiceWithAnotherDefinition() {
        create("taken", PASS);

        assertThatThrownBy(() -> create("taken", OTHER))
                .isInstanceOf(StateMachineAlreadyExistsException.class);
    }

    @Test
    void theEngineMakesStateMachinesWithoutTheService() {
        String arn = STAND.engine.createStateMachine("embedded", PASS);

        assertThat(STAND.sfn.describeStateMachine(r -> r.stateMachineArn(arn)).name())
                .isEqualTo("embedded");
    }

    @Test
    void aBadDefinitionIsRefusedWithItsPlace() {
        assertThatThrownBy(
                        () ->
                                create(
                                        "bad",
                                        Stand.machine("\"A\":{\"Type\":\"Pass\",\"Next\":\"B\"}")))
                .isInstanceOf(InvalidDefinitionException.class)
                .hasMessageContaining(
                        "Invalid State Machine Definition: 'MISSING_TRANSITION_TARGET: Missing"
                                + " 'Next' target: B at /States/A/Next'");
    }

    @Test
    void aDefinitionCanBeValidatedWithoutBeingMade() {
        ValidateStateMachineDefinitionResponse good =
                STAND.sfn.validateStateMachineDefinition(r -> r.definition(PASS));
        ValidateStateMachineDefinitionResponse bad =
                STAND.sfn.validateStateMachineDefinition(r -> r.definition("{}"));

        assertThat(good.resultAsString()).isEqualTo("OK");
        assertThat(good.diagnostics()).isEmpty();
        assertThat(bad.resultAsString()).isEqualTo("FAIL");
        assertThat(bad.diagnostics())
                .anySatisfy(
                        diagnostic -> {
                            assertThat(diagnostic.severityAsString()).isEqualTo("ERROR");
                            assertThat(diagnostic.code()).isEqualTo("SCHEMA_VALIDATION_FAILED");
                            assertThat(diagnostic.message())
                                    .isEqualTo("These fields are required: [States, StartAt]");
                            assertThat(diagnostic.location()).isEqualTo("/");
                        });
    }

    @Test
    void expressWorkflowsAreNotSupported() {
        assertThatThrownBy(
                        () ->
                                STAND.sfn.createStateMachine(
                                        r ->
                                                r.name("express")
                                                        .definition(PASS)
                                                        .roleArn(Stand.ROLE)
                                                        .type(StateMachineType.EXPRESS)))
                .isInstanceOf(StateMachineTypeNotSupportedException.class);
    }

    @Test
    void anUpdateCountsForExecutionsThatStartLater() {
        String arn = create("updated", WAIT);
        String before = start(arn, "before", "{}");

        String revision =
                STAND.sfn
                        .updateStateMachine(r -> r.stateMachineArn(arn).definition(PASS))
                        .revisionId();
        String after = start(arn, "after", "{}");

        assertThat(STAND.ended(after).status()).isEqualTo(ExecutionStatus.SUCCEEDED);
        assertThat(STAND.describe(before).status()).isEqualTo(ExecutionStatus.RUNNING);
        assertThat(
                        STAND.sfn
                                .describeStateMachineForExecution(r -> r.executionArn(before))
                                .definition())
                .isEqualTo(WAIT);
        assertThat(
                        STAND.sfn
                                .describeStateMachineForExecution(r -> r.executionArn(after))
                                .revisionId())
                .isEqualTo(revision);
    }

    @Test
    void anUpdateOfNothingIsRefusedAndABadOneChangesNothing() {
        String arn = create("unchanged", PASS);

        assertThatThrownBy(() -> STAND.sfn.updateStateMachine(r -> r.stateMachineArn(arn)))
                .isInstanceOf(MissingRequiredParameterException.class);
        assertThatThrownBy(
                        () ->
                                STAND.sfn.updateStateMachine(
                                        r -> r.stateMachineArn(arn).definition("{}")))
                .isInstanceOf(InvalidDefinitionException.class);
        assertThat(STAND.sfn.describeStateMachine(r -> r.stateMachineArn(arn)).definition())
                .isEqualTo(PASS);
    }

    @Test
    void aDeletedMachineStartsNothingButItsExecutionsRunOn() {
        String arn = create("deleted", WAIT);
        String running = start(arn, "running", "{}");

        STAND.sfn.deleteStateMachine(r -> r.stateMachineArn(arn));
        STAND.sfn.deleteStateMachine(r -> r.stateMachineArn(arn));

        assertThatThrownBy(() -> start(arn, "late", "{}"))
                .isInstanceOf(StateMachineDoesNotExistException.class);
        STAND.clock.advanceWhenSet(Duration.ofSeconds(60));
        assertThat(STAND.ended(running).status()).isEqualTo(ExecutionStatus.SUCCEEDED);
    }

    @Test
    void theSameNameAndInputAreTheSameExecutionWhileItRuns() {
        String machine = create("idempotent", WAIT);
        String arn = start(machine, "once", "{\"n\":1}");

        assertThat(start(machine, "once", "{\"n\":1}")).isEqualTo(arn);
        assertThatThrownBy(() -> start(machine, "once", "{\"n\":2}"))
                .isInstanceOf(ExecutionAlreadyExistsException.class)
                .hasMessageContaining("Execution Already Exists: '" + arn + "'");

        STAND.sfn.stopExecution(r -> r.executionArn(arn));
        assertThatThrownBy(() -> start(machine, "once", "{\"n\":1}"))
                .isInstanceOf(ExecutionAlreadyExistsException.class);
    }

    @Test
    void withoutANameOrAnInputTheServiceChooses() {
        String machine = create("unnamed", PASS);

        String first = STAND.sfn.startExecution(r -> r.stateMachineArn(machine)).executionArn();
        String second = STAND.sfn.startExecution(r -> r.stateMachineArn(machine)).executionArn();

        assertThat(first).isNotEqualTo(second);
        assertThat(STAND.ended(first).input()).isEqualTo("{}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"a b", "a/b", "a:b", "a*", "a\"b", "a\u0000", "a#", "a{b", ""})
    void aNameHasNoCharacterThatTheServiceRefuses(String name) {
        String machine = create("names", PASS);

        assertThatThrownBy(() -> start(machine, name, "{}"))
                .isInstanceOf(InvalidNameException.class);
    }

    @Test
    void aNameHasEightyCharactersAtMost() {
        String machine = create("lengths", PASS);

        assertThat(start(machine, "n".repeat(80), "{}")).endsWith("n".repeat(80));
        assertThatThrownBy(() -> start(machine, "n".repeat(81), "{}"))
                .isInstanceOf(InvalidNameException.class);
        assertThatThrownBy(() -> create("n".repeat(81), PASS))
                .isInstanceOf(InvalidNameException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"not json", "{'a':1}", "", "{} {}", "{\"a\":}"})
    void anInputHasToBeJson(String input) {
        String machine = create("inputs", PASS);

        assertThatThrownBy(() -> start(machine, "bad", input))
                .isInstanceOf(InvalidExecutionInputException.class);
    }

    @Test
    void whatDoesNotExistIsNamedAsSuch() {
        String nobody = NOBODY.replace("stateMachine", "execution") + ":none";

        assertThatThrownBy(() -> start(NOBODY, "n", "{}"))
                .isInstanceOf(StateMachineDoesNotExistException.class)
                .hasMessageContaining("State Machine Does Not Exist: '" + NOBODY + "'");
        assertThatThrownBy(() -> STAND.sfn.describeStateMachine(r -> r.stateMachineArn(NOBODY)))
                .isInstanceOf(StateMachineDoesNotExistException.class);
        assertThatThrownBy(() -> STAND.sfn.listExecutions(r -> r.stateMachineArn(NOBODY)))
                .isInstanceOf(StateMachineDoesNotExistException.class);
        assertThatThrownBy(() -> STAND.describe(nobody))
                .isInstanceOf(ExecutionDoesNotExistException.class);
        assertThatThrownBy(() -> STAND.sfn.stopExecution(r -> r.executionArn(nobody)))
                .isInstanceOf(ExecutionDoesNotExistException.class);
        assertThatThrownBy(() -> STAND.sfn.getExecutionHistory(r -> r.executionArn(nobody)))
                .isInstanceOf(ExecutionDoesNotExistException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "arn:aws:s3:::bucket"})
    void anArnHasToBeOne(String arn) {
        assertThatThrownBy(() -> STAND.describe(arn)).isInstanceOf(InvalidArnException.class);
        assertThatThrownBy(() -> STAND.describe(NOBODY)).isInstanceOf(InvalidArnException.class);
    }

    @Test
    void aStoppedExecutionStaysAsItWasStopped() {
        String arn = start(create("stopped", WAIT), "stop", "{}");
        STAND.awaitEvent(arn, "WaitStateEntered");

        STAND.sfn.stopExecution(r -> r.executionArn(arn).error("First").cause("c"));
        STAND.sfn.stopExecution(r -> r.executionArn(arn).error("Second"));
        STAND.clock.advance(Duration.ofSeconds(60));

        assertThat(STAND.describe(arn).status()).isEqualTo(ExecutionStatus.ABORTED);
        assertThat(STAND.describe(arn).error()).isEqualTo("First");
        assertThat(STAND.eventTypes(arn))
                .containsExactly("ExecutionStarted", "WaitStateEntered", "ExecutionAborted");
        HistoryEvent last = STAND.history(arn).getLast();
        assertThat(last.executionAbortedEventDetails().error()).isEqualTo("First");
        assertThat(last.executionAbortedEventDetails().cause()).isEqualTo("c");
    }

    @Test
    void stoppingAnExecutionThatEndedChangesNothing() {
        String arn = start(create("ended", PASS), "end", "{}");
        STAND.ended(arn);

        STAND.sfn.stopExecution(r -> r.executionArn(arn));

        assertThat(STAND.describe(arn).status()).isEqualTo(ExecutionStatus.SUCCEEDED);
    }

    @Test
    void executionsAreListedNewestFirstByStatusAndInPages() {
        String machine = create("listed", WAIT);
        List<String> started = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            started.add(start(machine, "number-" + i, "{}"));
        }
        STAND.sfn.stopExecution(r -> r.executionArn(started.get(2)));

        List<String> all =
                STAND
                        .sfn
                        .listExecutionsPaginator(r -> r.stateMachineArn(machine).maxResults(2))
                        .executions()
                        .stream()
                        .map(ExecutionListItem::executionArn)
                        .toList();
        assertThat(all).isEqualTo(started.reversed());
        assertThat(
                        STAND.sfn
                                .listExecutions(
                                        r ->
                                                r.stateMachineArn(machine)
                                                        .statusFilter(ExecutionStatus.ABORTED))
                                .executions())
                .singleElement()
                .satisfies(item -> assertThat(item.name()).isEqualTo("number-2"));
    }

    @Test
    void aPageHasAThousandItemsAtMostAndATokenOfTheService() {
        String machine = create("paged", PASS);

        assertThatThrownBy(
                        () ->
                                STAND.sfn.listExecutions(
                                        r -> r.stateMachineArn(machine).maxResults(1001)))
                .isInstanceOf(SfnException.class)
                .hasMessageContaining("less than or equal to 1000");
        assertThatThrownBy(
                        () ->
                                STAND.sfn.listExecutions(
                                        r -> r.stateMachineArn(machine).nextToken("nonsense")))
                .isInstanceOf(InvalidTokenException.class);
        assertThatThrownBy(
                        () ->
                                STAND.sfn.listExecutions(
                                        r -> r.stateMachineArn(machine).statusFilter("succeeded")))
                .isInstanceOf(SfnException.class)
                .hasMessageContaining("enum value set");
    }

    @Test
    void aHistoryIsReadInPagesAndInBothDirections() {
        String arn = start(create("history", PASS), "read", "{}");
        STAND.ended(arn);

        List<Long> forwards =
                STAND
                        .sfn
                        .getExecutionHistoryPaginator(r -> r.executionArn(arn).maxResults(3))
                        .events()
                        .stream()
                        .map(HistoryEvent::id)
                        .toList();
        List<Long> backwards =
                STAND
                        .sfn
                        .getExecutionHistoryPaginator(
                                r -> r.executionArn(arn).maxResults(3).reverseOrder(true))
                        .events()
                        .stream()
                        .map(HistoryEvent::id)
                        .toList();

        assertThat(forwards).containsExactly(1L, 2L, 3L, 4L);
        assertThat(backwards).isEqualTo(forwards.reversed());
    }

    @Test
    void textsHaveTheLengthsOfTheServicesModel() {
        String arn = start(create("model-lengths", WAIT), "long", "{}");
        String comment = "x".repeat(1_048_576);

        assertThatThrownBy(
                        () ->
                                STAND.sfn.stopExecution(
                                        r -> r.executionArn(arn).error("e".repeat(257))))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("'error'");
        assertThatThrownBy(
                        () ->
                                STAND.sfn.sendTaskFailure(
                                        r -> r.taskToken("t").cause("c".repeat(32_769))))
                .hasMessageContaining("'cause'");
        assertThatThrownBy(() -> STAND.sfn.sendTaskHeartbeat(r -> r.taskToken("t".repeat(2_049))))
                .hasMessageContaining("'taskToken'");
        assertThatThrownBy(
                        () ->
                                create(
                                        "large",
                                        PASS.replaceFirst(
                                                "\\{", "{\"Comment\":\"" + comment + "\",")))
                .isInstanceOf(ValidationException.class)
                .hasMessageContaining("'definition'");
        assertThat(STAND.describe(arn).status()).isEqualTo(ExecutionStatus.RUNNING);
    }

    @Test
    void stateMachinesAreListed() {
        String arn = create("inventory", PASS);

        assertThat(STAND.sfn.listStateMachinesPaginator(r -> r.maxResults(1)).stateMachines())
                .anySatisfy(machine -> assertThat(machine.stateMachineArn()).isEqualTo(arn));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "AWSStepFunctions.Nonsense | {} | UnknownOperationException",
                "Other.StartExecution | {} | UnknownOperationException",
                "AWSStepFunctions.StartExecution | {} | ValidationException",
                "AWSStepFunctions.StartExecution | {\"stateMachineArn\":1} |"
                        + " SerializationException",
                "AWSStepFunctions.StartExecution | { | SerializationException",
                "AWSStepFunctions.StartExecution | [] | SerializationException",
                "AWSStepFunctions.SendTaskSuccess | {\"taskToken\":\"x\"} | ValidationException",
                "AWSStepFunctions.SendTaskHeartbeat | {\"taskToken\":\"\"} | ValidationException",
                "AWSStepFunctions.ListStateMachines | {\"maxResults\":\"5\"} |"
                        + " SerializationException",
                "AWSStepFunctions.ListStateMachines | {\"maxResults\":1.5} |"
                        + " SerializationException",
                "AWSStepFunctions.ListStateMachines | {\"maxResults\":99999999999} |"
                        + " ValidationException",
                "AWSStepFunctions.CreateStateMachine |"
                    + " {\"name\":\"n\",\"definition\":\"{}\",\"roleArn\":\"none\"} | InvalidArn",
            })
    void aRequestThatMakesNoSenseIsAnErrorWithATypeAndAMessage(
            String target, String body, String type) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpResponse<String> response =
                    client.send(
                            HttpRequest.newBuilder(STAND.server.url())
                                    .header("X-Amz-Target", target)
                                    .POST(HttpRequest.BodyPublishers.ofString(body))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());

            JsonNode answer = Stand.json(response.body());
            assertThat(response.statusCode()).isEqualTo(400);
            assertThat(answer.path("__type").textValue()).isEqualTo(type);
            assertThat(answer.path("message").textValue()).isNotBlank();
            assertThat(response.headers().firstValue("content-type"))
                    .hasValue("application/x-amz-json-1.0");
        }
    }
}
