package io.holdfast.tool;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.platform.Json;

import java.time.Duration;

/** For rehearsals: waits, and tells how long it has waited; ends early when it is interrupted. */
public final class RehearsalWait implements BuiltinTool {
    private static final long TICK_MILLIS = 500;

    @Override
    public String name() {
        return "rehearsal_wait";
    }

    @Override
    public String description() {
        return "Waits for a number of milliseconds.";
    }

    @Override
    public ObjectNode input() {
        return new InputSchema()
                .integer("ms", 0, Duration.ofMinutes(14).toMillis(), "how long")
                .requires("ms");
    }

    @Override
    public ToolResult run(ToolCall call, ObjectNode settings, Services services, Progress progress)
            throws InterruptedException {
        long wanted = call.input().path("ms").asLong();
        long waited = 0;
        while (waited < wanted) {
            long left = Duration.between(services.clock().instant(), call.deadline()).toMillis();
            if (left <= 0) {
                return new ToolResult.Failure("The time was over after %d ms".formatted(waited));
            }
            long tick = Math.min(Math.min(TICK_MILLIS, wanted - waited), left);
            Backoff.pause(services.pause(), Duration.ofMillis(tick));
            waited += tick;
            if (waited < wanted) {
                progress.report(Json.object().put("waited", waited));
            }
        }
        return new ToolResult.Success(Json.object().put("waited", waited));
    }
}
