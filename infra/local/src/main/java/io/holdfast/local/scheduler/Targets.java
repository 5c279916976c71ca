package io.holdfast.local.scheduler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.template.Pseudo;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkException;
import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.lambda.model.InvocationType;
import software.amazon.awssdk.services.sfn.SfnClient;
import software.amazon.awssdk.services.sqs.SqsClient;

import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.random.RandomGenerator;

/**
 * Calls targets through their services: Invoke (asynchronous), StartExecution, SendMessage. A call
 * that fails is tried again as the schedule's RetryPolicy says, then goes to its dead-letter queue.
 */
final class Targets implements Scheduler.TargetCalls, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Targets.class);

    // The service's own defaults (API reference, "RetryPolicy").
    private static final int MAX_RETRIES = 185;
    private static final int MAX_AGE_SECONDS = 86_400;

    private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

    private final LambdaClient lambda;
    private final SfnClient states;
    private final SqsClient sqs;
    private final URI sqsUrl;
    private final RandomGenerator random;
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("scheduler-", 0).factory());

    /** The clients are not closed here. */
    Targets(
            LambdaClient lambda,
            SfnClient states,
            SqsClient sqs,
            URI sqsUrl,
            RandomGenerator random) {
        this.lambda = lambda;
        this.states = states;
        this.sqs = sqs;
        this.sqsUrl = sqsUrl;
        this.random = random;
    }

    @Override
    public void call(Scheduler.Due due) {
        threads.execute(() -> run(due));
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }

    private void run(Scheduler.Due due) {
        JsonNode target = due.schedule().target();
        JsonNode policy = target.path("RetryPolicy");
        int retries = policy.path("MaximumRetryAttempts").asInt(MAX_RETRIES);
        Duration age =
                Duration.ofSeconds(policy.path("MaximumEventAgeInSeconds").asInt(MAX_AGE_SECONDS));
        String executionId = UUID.randomUUID().toString();
        long deadline = System.nanoTime() + age.toNanos();
        for (int attempt = 1; ; attempt++) {
            String input = input(due, executionId, attempt);
            try {
                call(target, input);
                return;
            } catch (SdkException e) {
                Duration pause = pause(attempt);
                boolean again =
                        attempt <= retries && System.nanoTime() + pause.toNanos() < deadline;
                LOG.warn(
                        "The schedule {} did not reach its target ({}): {}",
                        due.schedule().name(),
                        again ? "it will try again" : "it gives up",
                        e.getMessage());
                if (!again || !slept(pause)) {
                    bury(target, input);
                    return;
                }
            }
        }
    }

    private void call(JsonNode target, String input) {
        String arn = target.path("Arn").asText();
        switch (TargetKind.of(arn)) {
            case FUNCTION ->
                    lambda.invoke(
                            b ->
                                    b.functionName(arn)
                                            .invocationType(InvocationType.EVENT)
                                            .payload(SdkBytes.fromUtf8String(input)));
            case STATE_MACHINE -> states.startExecution(b -> b.stateMachineArn(arn).input(input));
            case QUEUE -> send(arn, input, target.path("SqsParameters").path("MessageGroupId"));
        }
    }

    private void send(String queueArn, String body, JsonNode group) {
        String name = queueArn.substring(queueArn.lastIndexOf(':') + 1);
        sqs.sendMessage(
                b -> {
                    b.queueUrl(sqsUrl + "/" + Pseudo.ACCOUNT + "/" + name).messageBody(body);
                    if (group.isTextual()) {
                        b.messageGroupId(group.asText());
                    }
                });
    }

    private void bury(JsonNode target, String input) {
        String letters = target.path("DeadLetterConfig").path("Arn").asText();
        if (!letters.isEmpty()) {
            try {
                send(letters, input, JsonNodeFactory.instance.missingNode());
            } catch (SdkException e) {
                LOG.error("A scheduled call is lost: its dead-letter queue fails as well", e);
            }
        }
    }

    /**
     * What the target is given: its input with the context attributes filled in (user guide,
     * "Adding context attributes"), or an event that tells of the schedule.
     */
    private static String input(Scheduler.Due due, String executionId, int attempt) {
        String time = time(due.time());
        JsonNode input = due.schedule().target().path("Input");
        if (input.isTextual()) {
            return input.asText()
                    .replace("<aws.scheduler.schedule-arn>", due.schedule().arn())
                    .replace("<aws.scheduler.scheduled-time>", time)
                    .replace("<aws.scheduler.execution-id>", executionId)
                    .replace("<aws.scheduler.attempt-number>", Integer.toString(attempt));
        }
        ObjectNode event =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("version", "0")
                        .put("id", executionId)
                        .put("detail-type", "Scheduled Event")
                        .put("source", "aws.scheduler")
                        .put("account", Pseudo.ACCOUNT)
                        .put("time", time)
                        .put("region", Pseudo.REGION);
        event.putArray("resources").add(due.schedule().arn());
        return event.put("detail", "{}").toString();
    }

    private static String time(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private Duration pause(int attempt) {
        Duration longest = Duration.ofSeconds(1L << Math.min(attempt - 1, 6));
        Duration bound = longest.compareTo(LONGEST_PAUSE) < 0 ? longest : LONGEST_PAUSE;
        return bound.dividedBy(2).plusMillis(random.nextLong(bound.toMillis() / 2));
    }

    private static boolean slept(Duration pause) {
        try {
            Thread.sleep(pause);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }
}
