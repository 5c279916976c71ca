package io.holdfast.local.states;

import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.states.language.Json;
import io.holdfast.local.states.language.Timestamps;

import org.jspecify.annotations.Nullable;

import java.time.Instant;

/**
 * What a state's context object is made of.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/step-functions/latest/dg/input-output-contextobject.html">Accessing
 *     execution data from the Context object</a>
 */
record Context(
        Execution execution,
        String state,
        Instant entered,
        int retries,
        @Nullable String taskToken) {

    ObjectNode json(@Nullable ObjectNode mapItem) {
        ObjectNode context = Json.object();
        ObjectNode about = context.putObject("Execution");
        about.put("Id", execution.arn);
        about.set("Input", execution.inputJson());
        about.put("Name", execution.name);
        about.put("RoleArn", execution.machine.roleArn());
        about.put("StartTime", Timestamps.format(execution.started));
        about.put("RedriveCount", 0);
        context.putObject("State")
                .put("EnteredTime", Timestamps.format(entered))
                .put("Name", state)
                .put("RetryCount", retries);
        context.putObject("StateMachine")
                .put("Id", execution.machine.arn())
                .put("Name", execution.machine.name());
        if (taskToken != null) {
            context.putObject("Task").put("Token", taskToken);
        }
        if (mapItem != null) {
            context.putObject("Map").set("Item", mapItem);
        }
        return context;
    }
}
