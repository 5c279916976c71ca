package io.holdfast.local.states;

import com.fasterxml.jackson.databind.JsonNode;

import io.holdfast.local.states.language.Environment;
import io.holdfast.local.states.language.ErrorNames;
import io.holdfast.local.states.language.Resource;
import io.holdfast.local.states.language.State;
import io.holdfast.local.states.language.Template;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/**
 * One attempt of a Task state. What ends it first counts: the call's answer, its token, a timeout,
 * or an abort.
 */
final class TaskRun {
    // "The default value is 99999999"; no timeout can be longer.
    private static final int MAX_SECONDS = 99_999_999;

    private final Visit visit;
    private final State.Task task;
    private final TaskEvents events;
    private final CompletableFuture<JsonNode> done = new CompletableFuture<>();
    private @Nullable Duration heartbeat;
    private Timer.@Nullable Alarm heartbeatAlarm;

    TaskRun(Visit visit, State.Task task) {
        this.visit = visit;
        this.task = task;
        this.events = new TaskEvents(visit, task.resource());
    }

    Payload run() throws StateFailure {
        StatesEngine engine = visit.strand.execution.engine;
        if (!isWaitingForToken()) {
            return attempt(new TaskCall(engine, task));
        }
        String token = engine.tokens.issue(visit.strand.execution.arn, this);
        visit.taskToken(token);
        try {
            return attempt(new TaskCall(engine, task));
        } finally {
            engine.tokens.retire(token);
        }
    }

    private boolean isWaitingForToken() {
        return task.resource().pattern() == Resource.Pattern.WAIT_FOR_TASK_TOKEN;
    }

    private Payload attempt(TaskCall call) throws StateFailure {
        Environment environment = visit.environment();
        Integer timeout = seconds(task.timeoutSeconds(), environment);
        Integer beat = seconds(task.heartbeatSeconds(), environment);
        Payload arguments =
                task.arguments() == null
                        ? visit.input()
                        : Payload.of(visit.evaluate(task.arguments(), environment));
        if (arguments.isTooLarge()) {
            throw StateFailure.dataLimit(task.name());
        }
        events.scheduled(arguments, timeout, beat);
        events.started();
        Timer.Alarm alarm =
                timeout == null
                        ? () -> {}
                        : visit.timer()
                                .schedule(
                                        visit.timer().instant().plusSeconds(timeout),
                                        () -> fail(new StateFailure(ErrorNames.TIMEOUT, null)));
        if (beat != null && isWaitingForToken()) {
            synchronized (this) {
                heartbeat = Duration.ofSeconds(beat);
            }
            beat();
        }
        CompletableFuture<JsonNode> answer = new CompletableFuture<>();
        Thread thread = Thread.ofVirtual().start(() -> call.answer(arguments.json(), answer));
        boolean ended = false;
        try {
            Payload result = Payload.of(result(call, answer));
            ended = true;
            if (result.isTooLarge()) {
                throw StateFailure.dataLimit(events.name());
            }
            events.succeeded(result);
            return result;
        } catch (StateFailure e) {
            events.failed(e);
            throw e;
        } finally {
            alarm.cancel();
            stopBeating();
            if (!ended) {
                thread.interrupt();
                call.abandon();
            }
        }
    }

    private @Nullable Integer seconds(@Nullable Template template, Environment environment)
            throws StateFailure {
        return template == null ? null : visit.integer(template, environment, 1, MAX_SECONDS);
    }

    private JsonNode result(TaskCall call, CompletableFuture<JsonNode> answer) throws StateFailure {
        if (!call.goesOn()) {
            return firstOf(answer);
        }
        JsonNode accepted = firstOf(answer);
        if (!done.isDone()) {
            events.submitted(accepted);
        }
        CompletableFuture<JsonNode> outcome = call.outcome();
        return outcome == null ? visit.strand.await(done) : firstOf(outcome);
    }

    private JsonNode firstOf(CompletableFuture<JsonNode> future) throws StateFailure {
        return visit.strand.await(
                CompletableFuture.anyOf(future, done).thenApply(JsonNode.class::cast));
    }

    /** Ends the task well; false if it has ended or is no longer wanted. */
    boolean succeed(JsonNode output) {
        return isWanted() && done.complete(output);
    }

    /** Ends the task badly; false if it has ended or is no longer wanted. */
    boolean fail(StateFailure failure) {
        return isWanted() && done.completeExceptionally(failure);
    }

    private boolean isWanted() {
        return visit.strand.execution.status() == Execution.Status.RUNNING;
    }

    /** Puts the heartbeat timeout off; false if the task has ended. */
    synchronized boolean beat() {
        if (done.isDone() || !isWanted()) {
            return false;
        }
        if (heartbeat != null) {
            if (heartbeatAlarm != null) {
                heartbeatAlarm.cancel();
            }
            heartbeatAlarm =
                    visit.timer()
                            .schedule(
                                    visit.timer().instant().plus(heartbeat),
                                    () ->
                                            fail(
                                                    new StateFailure(
                                                            ErrorNames.HEARTBEAT_TIMEOUT, null)));
        }
        return true;
    }

    private synchronized void stopBeating() {
        heartbeat = null;
        if (heartbeatAlarm != null) {
            heartbeatAlarm.cancel();
        }
    }
}
