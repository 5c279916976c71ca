package io.holdfast.local;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

import io.holdfast.local.scheduler.Scheduler;
import io.holdfast.local.scheduler.SchedulerException;
import io.holdfast.local.template.Model;
import io.holdfast.local.template.Pseudo;
import io.holdfast.local.template.Resource;

/** Makes the template's schedules. */
final class TemplateSchedules {
    /** Nobody assumes it here, and the service wants one. */
    private static final String ROLE = "arn:aws:iam::" + Pseudo.ACCOUNT + ":role/local";

    private TemplateSchedules() {}

    static void create(Model model, Scheduler scheduler) {
        model.all(Resource.ScheduleGroup.class).forEach(group -> scheduler.addGroup(group.name()));
        for (Resource.Schedule schedule : model.all(Resource.Schedule.class)) {
            try {
                scheduler.define(schedule.name(), definition(schedule));
            } catch (SchedulerException e) {
                throw new StartException(schedule.logicalId() + ": ", e);
            }
        }
    }

    private static ObjectNode definition(Resource.Schedule schedule) {
        ObjectNode definition =
                JsonNodeFactory.instance
                        .objectNode()
                        .put("GroupName", schedule.group())
                        .put("ScheduleExpression", schedule.expression())
                        .put("ScheduleExpressionTimezone", schedule.timeZone())
                        .put("State", schedule.enabled() ? "ENABLED" : "DISABLED");
        definition.putObject("FlexibleTimeWindow").put("Mode", "OFF");
        ObjectNode target =
                definition
                        .putObject("Target")
                        .put("Arn", schedule.targetArn())
                        .put("RoleArn", ROLE);
        schedule.input().ifPresent(input -> target.put("Input", input));
        return definition;
    }
}
