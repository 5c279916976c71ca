package io.holdfast.local.template;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The template that is deployed is read without loss. */
final class HoldfastTemplateTest {
    private static final Map<String, String> PARAMETERS =
            Map.of(
                    "VpcId", "vpc",
                    "SubnetIds", "subnet",
                    "JwtIssuer", "http://127.0.0.1:8080/local",
                    "JwtJwksUrl", "http://127.0.0.1:8080/local/jwks.json",
                    "WebhookSecrets", "whsec_b25l,whsec_dHdv",
                    "Rehearsal", "true");

    private final Model model = read();

    private static Model read() {
        // The tests run in this module's directory.
        return Template.parse(Path.of("../../template.yaml"), PARAMETERS, Map.of())
                .model(Templates.HERE);
    }

    @Test
    void leavesNothingOut() {
        assertThat(model.warnings()).isEmpty();
    }

    @Test
    void completionsComeToTheirFunctionAndThenToTheDeadLetters() {
        Resource.EventSourceMapping mapping =
                model.all(Resource.EventSourceMapping.class).getFirst();
        assertThat(mapping.queueName()).isEqualTo("CompletionQueue");
        assertThat(mapping.functionName()).isEqualTo("CompletionFunction");
        assertThat(mapping.batchSize()).isEqualTo(10);
        assertThat(mapping.partialFailures()).isTrue();

        Resource.Queue queue = named(model.all(Resource.Queue.class), "CompletionQueue");
        assertThat(queue.deadLetter())
                .isEqualTo(Optional.of(new Resource.Queue.DeadLetter("CompletionDeadLetters", 8)));
        assertThat(queue.visibilityTimeout())
                .isEqualTo(function("CompletionFunction").timeout().multipliedBy(6));
        assertThat(named(model.all(Resource.Queue.class), "CompletionDeadLetters").retention())
                .isEqualTo(Duration.ofDays(14));
    }

    @Test
    void theMachineOfOperationsHasTheNameThatOthersKnow() {
        Resource.StateMachine machine =
                named(model.all(Resource.StateMachine.class), "OperationMachine");
        assertThat(machine.name()).isEqualTo("holdfast-operation");
        assertThat(machine.definition())
                .contains(Pseudo.arn("lambda", "function:OperationFunction"));
    }

    @Test
    void servicesAreToldToCallBackWhereTheRoutesAre() {
        assertThat(function("OperationFunction").environment())
                .containsEntry("CALLBACK_URL", "http://127.0.0.1:8080");
        assertThat(model.all(Resource.HttpApi.class).getFirst().routes())
                .contains(
                        new Resource.HttpApi.Route(
                                "POST", "/operations/{operationId}/complete", "ApiFunction"),
                        new Resource.HttpApi.Route(
                                "POST", "/operations/{operationId}/progress", "ApiFunction"),
                        new Resource.HttpApi.Route(
                                "GET", "/operations/{operationId}", "ApiFunction"));
        assertThat(function("ApiFunction").environment())
                .containsEntry("WEBHOOK_SECRETS", "whsec_b25l,whsec_dHdv")
                .containsEntry("WEBHOOK_API_KEYS", "")
                .containsEntry(
                        "COMPLETION_QUEUE_URL",
                        "http://127.0.0.1:9324/" + Pseudo.ACCOUNT + "/CompletionQueue");
    }

    @Test
    void schedulesCallTheirFunctionAndFiringsThatFailAreKept() {
        Resource.Function function = function("ScheduleFunction");
        assertThat(function.unattended())
                .isEqualTo(
                        new Resource.Function.Unattended(
                                2,
                                Duration.ofMinutes(15),
                                Optional.of(Pseudo.arn("sqs", "ScheduleDeadLetters"))));
        assertThat(function("ApiFunction").environment())
                .containsEntry("SCHEDULE_GROUP", "holdfast-schedules")
                .containsEntry("SCHEDULE_FUNCTION_ARN", function.arn())
                .containsEntry("SCHEDULE_ROLE_ARN", "arn:aws:iam::000000000000:role/ScheduleRole")
                .containsEntry(
                        "SCHEDULE_DEAD_LETTERS_ARN", Pseudo.arn("sqs", "ScheduleDeadLetters"));
        assertThat(model.all(Resource.ScheduleGroup.class))
                .extracting(Resource.ScheduleGroup::name)
                .containsExactly("holdfast-schedules");
    }

    private Resource.Function function(String logicalId) {
        return named(model.all(Resource.Function.class), logicalId);
    }

    private static <R extends Resource> R named(List<R> resources, String logicalId) {
        return resources.stream()
                .filter(resource -> resource.logicalId().equals(logicalId))
                .findFirst()
                .orElseThrow();
    }
}
