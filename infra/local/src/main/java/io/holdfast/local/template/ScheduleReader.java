package io.holdfast.local.template;

import java.util.Optional;

/**
 * Reads schedules: {@code AWS::Scheduler::Schedule} and SAM's events {@code Schedule} and {@code
 * ScheduleV2}. Whether the expression is sound is for the scheduler to say.
 */
final class ScheduleReader {
    private ScheduleReader() {}

    static Resource.Schedule resource(Element element, String name) {
        Properties p = element.properties();
        Properties target = p.object("Target");
        Resource.Schedule schedule =
                read(
                        element.logicalId(),
                        name,
                        p,
                        "ScheduleExpression",
                        target.requiredText("Arn"),
                        target.text("Input"));
        target.inert("DeadLetterConfig", "RetryPolicy", "RoleArn");
        target.done();
        return schedule;
    }

    /**
     * Reads a SAM event.
     *
     * @param expressionKey {@code Schedule} or {@code ScheduleExpression}
     */
    static Resource.Schedule event(
            String logicalId, Properties p, String expressionKey, String targetArn) {
        Resource.Schedule schedule =
                read(
                        logicalId,
                        p.text("Name").orElse(logicalId),
                        p,
                        expressionKey,
                        targetArn,
                        p.text("Input"));
        p.inert("DeadLetterConfig", "OmitName", "PermissionsBoundary", "RetryPolicy", "RoleArn");
        p.done();
        return schedule;
    }

    private static Resource.Schedule read(
            String logicalId,
            String name,
            Properties p,
            String expressionKey,
            String targetArn,
            Optional<String> input) {
        Properties window = p.object("FlexibleTimeWindow");
        if (!window.text("Mode").orElse("OFF").equals("OFF")) {
            p.warn("FlexibleTimeWindow", "has no effect here: schedules are on time");
        }
        p.inert("Description", "Name", "KmsKeyArn");
        boolean enabled =
                p.text("State").orElse("ENABLED").equals("ENABLED") && p.flag("Enabled", true);
        return new Resource.Schedule(
                logicalId,
                p.text("GroupName").orElse("default"),
                name,
                p.requiredText(expressionKey),
                p.text("ScheduleExpressionTimezone").orElse("UTC"),
                enabled,
                targetArn,
                input);
    }
}
