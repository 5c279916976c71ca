package io.holdfast.local.scheduler;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.http.ServiceAnswer;
import io.holdfast.local.http.ServiceCall;
import io.holdfast.local.http.ServiceServer;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import software.amazon.awssdk.services.lambda.LambdaClient;
import software.amazon.awssdk.services.sfn.SfnClient;
import software.amazon.awssdk.services.sqs.SqsClient;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * The service's API: Create-, Get-, Update-, Delete- and ListSchedules, as the EventBridge
 * Scheduler API reference has them. Signatures are not checked.
 */
public final class SchedulerServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SchedulerServer.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    /** Larger than any schedule: an input has 256 KB. */
    private static final int MAX_BODY = 1024 * 1024;

    private static final int MAX_PAGE = 100;

    /** AWS is on time to the minute; here nobody should wait long for a test. */
    private static final Duration TICK = Duration.ofMillis(200);

    private final Scheduler scheduler;
    private final Targets targets;
    private final ServiceServer server;
    private final Thread ticker;

    /**
     * The services that schedules can call; they are not closed here.
     *
     * @param sqsUrl the endpoint of {@code sqs}
     */
    public record Services(LambdaClient lambda, SfnClient states, SqsClient sqs, URI sqsUrl) {}

    private SchedulerServer(
            int port, Services services, InstantSource clock, RandomGenerator random)
            throws IOException {
        targets =
                new Targets(
                        services.lambda(),
                        services.states(),
                        services.sqs(),
                        services.sqsUrl(),
                        random);
        scheduler = new Scheduler(clock, targets);
        server = ServiceServer.start("scheduler", port, this::answer);
        ticker = Thread.ofVirtual().name("scheduler-tick").start(this::tick);
    }

    /**
     * Starts the service.
     *
     * @param port where to listen; 0 picks a free port
     * @param clock what decides which schedules are due; looked at five times a second
     * @throws IOException if the port is taken
     */
    public static SchedulerServer start(
            int port, Services services, InstantSource clock, RandomGenerator random)
            throws IOException {
        return new SchedulerServer(port, services, clock, random);
    }

    /** The endpoint to give to a client. */
    public URI url() {
        return server.url();
    }

    /** What it serves. */
    public Scheduler scheduler() {
        return scheduler;
    }

    @Override
    public void close() {
        ticker.interrupt();
        server.close();
        targets.close();
    }

    private void tick() {
        while (true) {
            try {
                Thread.sleep(TICK);
                scheduler.fireDue();
            } catch (InterruptedException closed) {
                return;
            } catch (RuntimeException e) {
                // It would end all further ticks.
                LOG.error("The scheduler failed", e);
            }
        }
    }

    private ServiceAnswer answer(ServiceCall call) throws IOException {
        try {
            List<String> path = call.path();
            String operation =
                    path.isEmpty() || !path.getFirst().equals("schedules") || path.size() > 2
                            ? ""
                            : call.method() + path.size();
            Map<String, String> query = call.query();
            String group = query.getOrDefault("groupName", "");
            return switch (operation) {
                case "GET1" -> list(query);
                case "POST2" -> arn(scheduler.create(path.get(1), body(call)));
                case "PUT2" -> arn(scheduler.update(path.get(1), body(call)).arn());
                case "GET2" ->
                        ServiceAnswer.json(
                                200, described(scheduler.get(group, path.get(1))).toString());
                case "DELETE2" -> {
                    scheduler.delete(group, path.get(1));
                    yield ServiceAnswer.json(200, "{}");
                }
                default ->
                        error(404, "UnknownOperationException", "There is no such operation here.");
            };
        } catch (SchedulerException e) {
            return error(e.status(), e.code(), String.valueOf(e.getMessage()));
        }
    }

    private static ObjectNode body(ServiceCall call) throws IOException {
        byte[] body =
                call.body(MAX_BODY)
                        .orElseThrow(
                                () -> SchedulerException.validation("The request is too large."));
        try {
            if (JSON.readTree(body) instanceof ObjectNode object) {
                return object;
            }
        } catch (JsonProcessingException notJson) {
            // The same as JSON that is no object.
        }
        throw SchedulerException.validation("The body must be a JSON object.");
    }

    private ServiceAnswer list(Map<String, String> query) {
        String group = query.getOrDefault("ScheduleGroup", "");
        if (!group.isEmpty() && !scheduler.hasGroup(group)) {
            throw SchedulerException.notFound("Schedule group " + group + " does not exist.");
        }
        String state = query.getOrDefault("State", "");
        List<Schedule> found = new ArrayList<>(scheduler.all());
        found.removeIf(
                schedule ->
                        (!group.isEmpty() && !schedule.group().equals(group))
                                || !schedule.name().startsWith(query.getOrDefault("NamePrefix", ""))
                                || (!state.isEmpty()
                                        && schedule.enabled() != state.equals("ENABLED"))
                                || key(schedule).compareTo(query.getOrDefault("NextToken", ""))
                                        <= 0);
        int size = pageSize(query.getOrDefault("MaxResults", ""));
        ObjectNode answer = JsonNodeFactory.instance.objectNode();
        ArrayNode list = answer.putArray("Schedules");
        found.stream().limit(size).forEach(schedule -> list.add(summary(schedule)));
        if (found.size() > size) {
            answer.put("NextToken", key(found.get(size - 1)));
        }
        return ServiceAnswer.json(200, answer.toString());
    }

    /** Sorts as the schedules do: no name has a NUL. */
    private static String key(Schedule schedule) {
        return schedule.group() + "\u0000" + schedule.name();
    }

    private static int pageSize(String text) {
        if (text.isEmpty()) {
            return MAX_PAGE;
        }
        try {
            int size = Integer.parseInt(text);
            if (size >= 1 && size <= MAX_PAGE) {
                return size;
            }
        } catch (NumberFormatException notANumber) {
            // The same as a number out of range.
        }
        throw SchedulerException.validation("MaxResults must be 1 to 100.");
    }

    private static ObjectNode summary(Schedule schedule) {
        ObjectNode summary =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("Arn", schedule.arn())
                        .put("GroupName", schedule.group())
                        .put("Name", schedule.name())
                        .put("State", schedule.enabled() ? "ENABLED" : "DISABLED")
                        .put("CreationDate", seconds(schedule.created()))
                        .put("LastModificationDate", seconds(schedule.modified()));
        summary.putObject("Target").set("Arn", schedule.target().path("Arn"));
        return summary;
    }

    private static ObjectNode described(Schedule schedule) {
        ObjectNode described = schedule.definition().deepCopy();
        return described
                .put("Arn", schedule.arn())
                .put("GroupName", schedule.group())
                .put("Name", schedule.name())
                .put("State", schedule.enabled() ? "ENABLED" : "DISABLED")
                .put(
                        "ScheduleExpressionTimezone",
                        described.path("ScheduleExpressionTimezone").asText("UTC"))
                .put(
                        "ActionAfterCompletion",
                        described.path("ActionAfterCompletion").asText("NONE"))
                .put("CreationDate", seconds(schedule.created()))
                .put("LastModificationDate", seconds(schedule.modified()));
    }

    private static double seconds(Instant time) {
        return time.toEpochMilli() / 1_000.0;
    }

    private static ServiceAnswer arn(String arn) {
        return ServiceAnswer.json(
                200, JsonNodeFactory.instance.objectNode().put("ScheduleArn", arn).toString());
    }

    private static ServiceAnswer error(int status, String code, String message) {
        return ServiceAnswer.error(
                status,
                code,
                JsonNodeFactory.instance.objectNode().put("Message", message).toString());
    }
}
