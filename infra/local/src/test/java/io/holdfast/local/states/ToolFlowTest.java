package io.holdfast.local.states;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.local.states.FakeServices.Reply;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

import software.amazon.awssdk.services.sfn.model.ExecutionStatus;
import software.amazon.awssdk.services.sfn.model.TaskTimedOutException;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * The flow of a turn that calls tools: a loop of model, verdict and a Map over the calls, each of
 * which may wait for a human, be run again, and fail without failing the others.
 */
@Timeout(60)
final class ToolFlowTest {
    @RegisterExtension static final Stand STAND = new Stand();

    private static final String FLOW =
            """
            {"QueryLanguage": "JSONata", "StartAt": "Begin", "States": {
              "Begin": {"Type": "Pass", "Assign": {"step": 1, "done": []}, "Next": "Generate"},
              "Generate": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                "Arguments": {"FunctionName": "turn", "Payload": {"action": "generate", "step": "{% $step %}", "done": "{% $done %}"}},
                "Output": "{% $states.result.Payload %}",
                "Assign": {"calls": "{% $exists($states.result.Payload.calls) ? $states.result.Payload.calls : [] %}"},
                "Next": "Verdict"},
              "Verdict": {"Type": "Choice",
                "Choices": [
                  {"Condition": "{% $states.input.outcome = 'answered' %}", "Next": "Finish"},
                  {"Condition": "{% $states.input.outcome = 'tools' %}", "Next": "Calls"}],
                "Default": "Lost"},
              "Calls": {"Type": "Map", "Items": "{% $calls %}", "MaxConcurrency": 8,
                "ItemSelector": {"call": "{% $states.context.Map.Item.Value %}", "index": "{% $states.context.Map.Item.Index %}"},
                "ItemProcessor": {"ProcessorConfig": {"Mode": "INLINE"}, "StartAt": "Policy", "States": {
                  "Policy": {"Type": "Choice",
                    "Choices": [
                      {"Condition": "{% $states.input.call.verdict = 'ask' %}", "Next": "Ask"},
                      {"Condition": "{% $states.input.call.verdict = 'deny' %}", "Next": "Denied"}],
                    "Default": "Run"},
                  "Ask": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
                    "Arguments": {"FunctionName": "turn", "Payload": {"action": "ask", "step": "{% $step %}",
                      "id": "{% $states.input.call.id %}", "token": "{% $states.context.Task.Token %}"}},
                    "TimeoutSeconds": "{% $states.input.call.expiresSeconds %}",
                    "Assign": {"approved": "{% $states.result.approved %}"},
                    "Output": "{% $states.input %}",
                    "Catch": [
                      {"ErrorEquals": ["States.Timeout"], "Output": "{% $states.input %}", "Next": "Expired"},
                      {"ErrorEquals": ["States.ALL"], "Output": {"id": "{% $states.input.call.id %}", "state": "{% $states.errorOutput.Error %}"}, "Next": "Broken"}],
                    "Next": "Answered"},
                  "Answered": {"Type": "Choice",
                    "Choices": [{"Condition": "{% $approved %}", "Next": "Run"}], "Default": "Denied"},
                  "Run": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                    "Arguments": {"FunctionName": "turn", "Payload": {"action": "run", "step": "{% $step %}", "id": "{% $states.input.call.id %}"}},
                    "TimeoutSeconds": "{% $states.input.call.timeoutSeconds %}",
                    "Output": {"id": "{% $states.input.call.id %}", "state": "{% $states.result.Payload.state %}"},
                    "Retry": [{"ErrorEquals": ["Flaky"], "IntervalSeconds": 2, "MaxAttempts": 2, "BackoffRate": 1}],
                    "Catch": [{"ErrorEquals": ["States.ALL"], "Output": {"id": "{% $states.input.call.id %}", "state": "{% $states.errorOutput.Error %}"}, "Next": "Broken"}],
                    "End": true},
                  "Broken": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                    "Arguments": {"FunctionName": "turn", "Payload": {"action": "break", "id": "{% $states.input.id %}", "state": "{% $states.input.state %}"}},
                    "Output": "{% $states.result.Payload %}", "End": true},
                  "Expired": {"Type": "Pass", "Output": {"id": "{% $states.input.call.id %}", "state": "expired"}, "End": true},
                  "Denied": {"Type": "Pass", "Output": {"id": "{% $states.input.call.id %}", "state": "denied"}, "End": true}}},
                "Assign": {"step": "{% $step + 1 %}", "done": "{% $append($done, $states.result) %}"},
                "Next": "Generate"},
              "Finish": {"Type": "Pass", "Output": {"steps": "{% $step %}", "done": "{% $done %}"}, "Next": "Ended"},
              "Ended": {"Type": "Succeed"},
              "Lost": {"Type": "Fail", "Error": "Lost"}}}
            """;

    /** What the model asks for, step by step; after the last, it answers. */
    private final List<String> steps = new ArrayList<>();

    private final Map<String, String> tokens = new ConcurrentHashMap<>();
    private final BlockingQueue<String> running = new LinkedBlockingQueue<>();
    private final Queue<JsonNode> generated = new ConcurrentLinkedQueue<>();

    /** Calls that answer only when they are let go, and how often a call is flaky. */
    private final Map<String, CountDownLatch> held = new ConcurrentHashMap<>();

    private final Map<String, Integer> flaky = new ConcurrentHashMap<>();

    @BeforeEach
    void functions() {
        STAND.services.function("turn", this::turn);
    }

    private Reply turn(JsonNode event) throws InterruptedException {
        String id = event.path("id").asText();
        return switch (event.path("action").asText()) {
            case "generate" -> {
                generated.add(event);
                int step = event.path("step").intValue();
                yield Reply.ok(
                        step > steps.size()
                                ? "{\"outcome\":\"answered\"}"
                                : "{\"outcome\":\"tools\",\"calls\":["
                                        + steps.get(step - 1)
                                        + "]}");
            }
            case "ask" -> {
                tokens.put(id, event.path("token").textValue());
                yield Reply.ok("null");
            }
            case "run" -> run(id);
            case "break" -> Reply.okOf(event);
            default -> Reply.serviceError(400, "Unknown");
        };
    }

    private Reply run(String id) throws InterruptedException {
        running.add(id);
        CountDownLatch hold = held.get(id);
        if (hold != null) {
            hold.await();
        }
        if (flaky.merge(id, -1, Integer::sum) >= 0) {
            return Reply.functionError("{\"errorType\":\"Flaky\"}");
        }
        return id.startsWith("bad")
                ? Reply.functionError("{\"errorType\":\"Bad\"}")
                : Reply.ok("{\"state\":\"done\"}");
    }

    private static String call(String id, String verdict) {
        return "{\"id\":\"%s\",\"verdict\":\"%s\",\"expiresSeconds\":3600,\"timeoutSeconds\":60}"
                .formatted(id, verdict);
    }

    private CountDownLatch hold(String id) {
        return held.computeIfAbsent(id, _ -> new CountDownLatch(1));
    }

    private String tokenOf(String id) {
        await().pollInterval(Duration.ofMillis(2)).until(() -> tokens.containsKey(id));
        return tokens.getOrDefault(id, "");
    }

    private void awaitRunning(String... ids) throws InterruptedException {
        List<String> seen = new ArrayList<>();
        while (seen.size() < ids.length) {
            String id = running.poll(10, TimeUnit.SECONDS);
            assertThat(id).as("of %s only %s run", List.of(ids), seen).isNotNull();
            seen.add(id);
        }
        assertThat(seen).containsExactlyInAnyOrder(ids);
    }

    private static void answer(String token, boolean approved) {
        STAND.sfn.sendTaskSuccess(
                r -> r.taskToken(token).output("{\"approved\":" + approved + "}"));
    }

    private static String done(JsonNode output) {
        StringBuilder text = new StringBuilder();
        output.path("done")
                .forEach(
                        call ->
                                text.append(call.path("id").asText())
                                        .append('=')
                                        .append(call.path("state").asText())
                                        .append(' '));
        return text.toString().strip();
    }

    @Test
    void callsRunSideBySideAndTheirResultsKeepTheirOrder() throws Exception {
        steps.add(call("a", "run") + "," + call("bad", "run") + "," + call("c", "run"));
        CountDownLatch first = hold("a");
        hold("c");
        String arn = STAND.start(FLOW, "{}");

        awaitRunning("a", "bad", "c");
        hold("c").countDown();
        first.countDown();

        JsonNode output = Stand.output(STAND.ended(arn));
        assertThat(done(output)).isEqualTo("a=done bad=Bad c=done");
        assertThat(output.path("steps").intValue()).isEqualTo(2);
    }

    @Test
    void stepsFollowEachOtherUntilTheModelAnswers() {
        steps.add(call("a", "run"));
        steps.add(call("b", "run") + "," + call("c", "deny"));
        steps.add(call("d", "run"));
        String arn = STAND.start(FLOW, "{}");

        JsonNode output = Stand.output(STAND.ended(arn));

        assertThat(done(output)).isEqualTo("a=done b=done c=denied d=done");
        assertThat(generated)
                .extracting(
                        event -> event.path("step").intValue(), event -> event.path("done").size())
                .containsExactly(tuple(1, 0), tuple(2, 1), tuple(3, 3), tuple(4, 4));
    }

    @Test
    void aCallWaitsForItsAnswerWhileOthersRunAndGoesOnFromThere() throws Exception {
        steps.add(call("asked", "ask") + "," + call("free", "run") + "," + call("refused", "ask"));
        String arn = STAND.start(FLOW, "{}");
        awaitRunning("free");
        String asked = tokenOf("asked");
        String refused = tokenOf("refused");
        assertThat(STAND.describe(arn).status()).isEqualTo(ExecutionStatus.RUNNING);

        answer(refused, false);
        answer(asked, true);

        assertThat(done(Stand.output(STAND.ended(arn))))
                .isEqualTo("asked=done free=done refused=denied");
        assertThatThrownBy(() -> answer(asked, true)).isInstanceOf(TaskTimedOutException.class);
    }

    @Test
    void aQuestionThatNobodyAnswersExpiresAtItsOwnTime() throws Exception {
        steps.add(call("asked", "ask").replace("3600", "7200") + "," + call("free", "run"));
        String arn = STAND.start(FLOW, "{}");
        awaitRunning("free");
        tokenOf("asked");

        STAND.clock.advanceWhenSet(Duration.ofHours(2));

        assertThat(done(Stand.output(STAND.ended(arn)))).isEqualTo("asked=expired free=done");
    }

    @Test
    void aCallThatBreaksIsRunAgainAndThenItsErrorIsItsResult() throws Exception {
        steps.add(call("once", "run") + "," + call("ever", "run"));
        flaky.put("once", 1);
        flaky.put("ever", 100);
        String arn = STAND.start(FLOW, "{}");
        awaitRunning("once", "ever");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(2));
        // The two alarms may have been set at different moments.
        await().pollInterval(Duration.ofMillis(2))
                .until(
                        () -> {
                            if (STAND.clock.isSet(Duration.ofSeconds(2))) {
                                STAND.clock.advance(Duration.ofSeconds(2));
                            }
                            return STAND.engine.execution(arn).closed.isDone();
                        });

        assertThat(done(Stand.output(STAND.ended(arn)))).isEqualTo("once=done ever=Flaky");
    }

    @Test
    void aCallThatTakesTooLongTimesOutByItsOwnTime() throws Exception {
        steps.add(call("slow", "run").replace(":60", ":45") + "," + call("quick", "run"));
        CountDownLatch slow = hold("slow");
        String arn = STAND.start(FLOW, "{}");
        awaitRunning("slow", "quick");

        STAND.clock.advanceWhenSet(Duration.ofSeconds(45));

        assertThat(done(Stand.output(STAND.ended(arn))))
                .isEqualTo("slow=States.Timeout quick=done");
        slow.countDown();
    }

    @Test
    void stoppingItEndsWhatRunsAndWhatWaits() throws Exception {
        steps.add(call("slow", "run") + "," + call("asked", "ask"));
        CountDownLatch slow = hold("slow");
        String arn = STAND.start(FLOW, "{}");
        awaitRunning("slow");
        String token = tokenOf("asked");
        STAND.awaitEvent(arn, "TaskSubmitted");

        STAND.sfn.stopExecution(r -> r.executionArn(arn).error("cancelled"));
        slow.countDown();

        assertThat(STAND.ended(arn).status()).isEqualTo(ExecutionStatus.ABORTED);
        assertThatThrownBy(() -> answer(token, true)).isInstanceOf(TaskTimedOutException.class);
        assertThat(generated).hasSize(1);
        await().pollInterval(Duration.ofMillis(2))
                .until(
                        () ->
                                !STAND.clock.isSet(Duration.ofMinutes(1))
                                        && !STAND.clock.isSet(Duration.ofHours(1)));
    }
}
