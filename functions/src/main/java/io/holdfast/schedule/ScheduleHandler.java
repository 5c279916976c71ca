package io.holdfast.schedule;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestStreamHandler;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.assistant.Catalog;
import io.holdfast.assistant.CatalogSource;
import io.holdfast.platform.AwsClients;
import io.holdfast.platform.ConfigReader;
import io.holdfast.platform.Json;
import io.holdfast.platform.ScheduleId;
import io.holdfast.platform.TurnId;
import io.holdfast.timetable.ScheduleStore;
import io.holdfast.timetable.ScheduleTimer;
import io.holdfast.turn.TurnParts;

import org.slf4j.MDC;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Instant;
import java.util.Map;

/**
 * The schedule function: takes {@code {scheduleId, scheduledTime}} from EventBridge Scheduler, and
 * answers {@code {outcome: "started" | "busy" | "missed" | "refused" | "ignored", turnId?}}.
 *
 * <p>What may pass is thrown: Lambda calls again after one minute and after two more, then puts the
 * event with the dead letters (AWS Lambda Developer Guide, "Asynchronous invocation").
 */
public final class ScheduleHandler implements RequestStreamHandler {
    private final Firings firings;

    /** On Lambda. */
    public ScheduleHandler() {
        this(System.getenv());
    }

    /** With an environment of its own, several in one process. */
    public ScheduleHandler(Map<String, String> environment) {
        ConfigReader config = new ConfigReader(environment);
        TurnParts.Settings settings = TurnParts.Settings.from(config);
        String group = config.text("SCHEDULE_GROUP");
        config.check();
        Catalog catalog = CatalogSource.load(environment);
        AwsClients aws = new AwsClients(environment);
        TurnParts parts = TurnParts.of(settings, aws);
        this.firings =
                new Firings(
                        new ScheduleStore(parts.table()),
                        new ScheduleTimer(aws.scheduler(), group, parts.pause(), parts.random()),
                        parts.sessions(),
                        parts.starter(catalog),
                        parts.clock());
    }

    @Override
    public void handleRequest(InputStream input, OutputStream output, Context context)
            throws IOException {
        JsonNode event = Json.MAPPER.readTree(input);
        ScheduleId id = new ScheduleId(event.path("scheduleId").asText());
        Instant time = Instant.parse(event.path("scheduledTime").asText());
        MDC.put("scheduleId", id.value());
        try {
            Json.MAPPER.writeValue(output, encode(firings.fire(id, time)));
        } finally {
            MDC.remove("scheduleId");
        }
    }

    private static ObjectNode encode(Fired fired) {
        ObjectNode answer = Json.object();
        return switch (fired) {
            case Fired.Started(TurnId turn) ->
                    answer.put("outcome", "started").put("turnId", turn.value());
            case Fired.Busy() -> answer.put("outcome", "busy");
            case Fired.Missed() -> answer.put("outcome", "missed");
            case Fired.Refused() -> answer.put("outcome", "refused");
            case Fired.Ignored() -> answer.put("outcome", "ignored");
        };
    }
}
