package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import java.time.DateTimeException;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.ChronoUnit;
import java.util.Locale;

/** Says what time it is; {@code settings.zone} is the zone if the model names none, else UTC. */
public final class CurrentTimeTool implements BuiltinTool {

    @Override
    public String name() {
        return "current_time";
    }

    @Override
    public String description() {
        return "Tells the current date, time and weekday, in a time zone if one is named.";
    }

    @Override
    public ObjectNode input() {
        return new InputSchema()
                .field("zone", "string", "an IANA time zone, for example Europe/Berlin")
                .requires();
    }

    @Override
    public ToolResult run(
            ToolCall call, ObjectNode settings, Services services, Progress progress) {
        String zone = call.input().path("zone").asText(settings.path("zone").asText("UTC"));
        try {
            ZonedDateTime now =
                    services.clock()
                            .instant()
                            .atZone(ZoneId.of(zone))
                            .truncatedTo(ChronoUnit.SECONDS);
            return new ToolResult.Success(
                    Json.object()
                            .put("time", DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(now))
                            .put("zone", zone)
                            .put(
                                    "weekday",
                                    now.getDayOfWeek()
                                            .getDisplayName(TextStyle.FULL, Locale.ENGLISH)));
        } catch (DateTimeException e) {
            return new ToolResult.Failure(
                    "There is no such time zone; use an IANA name such as Europe/Berlin");
        }
    }
}
