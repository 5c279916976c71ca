package io.holdfast.local.template;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Reads {@code AWS::Serverless::Function} and {@code AWS::Lambda::Function}. */
final class FunctionReader {
    /** Lambda's longest timeout, in seconds (Lambda developer guide, "Lambda quotas"). */
    private static final int MAX_TIMEOUT = 900;

    private FunctionReader() {}

    /** Its events are read by others. */
    static Resource.Function read(Element element, String name) {
        Properties p = element.properties();
        String runtime = p.text("Runtime").orElse("java");
        if (!runtime.startsWith("java") || p.text("PackageType").orElse("Zip").equals("Image")) {
            throw p.fault("Runtime", "only Java functions run here, and this one is " + runtime);
        }
        p.inert(
                "Architectures",
                "AutoPublishAlias",
                "Code",
                "CodeSigningConfigArn",
                "CodeUri",
                "DeploymentPreference",
                "Description",
                "EphemeralStorage",
                "Events",
                "FunctionName",
                "KmsKeyArn",
                "Layers",
                "LoggingConfig",
                "PermissionsBoundary",
                "Policies",
                "Role",
                "RuntimeManagementConfig",
                "Tags",
                "Tracing",
                "TracingConfig",
                "VersionDescription",
                "VpcConfig");
        Optional<Integer> concurrency =
                p.has("ReservedConcurrentExecutions")
                        ? Optional.of(p.number("ReservedConcurrentExecutions", 0, 0, 100_000))
                        : Optional.empty();
        return new Resource.Function(
                element.logicalId(),
                name,
                p.requiredText("Handler"),
                environment(p.object("Environment")),
                Duration.ofSeconds(p.number("Timeout", 3, 1, MAX_TIMEOUT)),
                p.number("MemorySize", 128, 128, 10_240),
                concurrency,
                unattended(p));
    }

    private static Resource.Function.Unattended unattended(Properties p) {
        Resource.Function.Unattended byDefault = Resource.Function.Unattended.DEFAULT;
        Properties config = p.object("EventInvokeConfig");
        if (config.has("DestinationConfig")) {
            config.warn("DestinationConfig", "has no effect here");
        }
        config.inert("DestinationConfig");
        int retries = config.number("MaximumRetryAttempts", byDefault.retries(), 0, 2);
        int longest =
                config.number(
                        "MaximumEventAgeInSeconds",
                        (int) byDefault.longest().toSeconds(),
                        60,
                        21_600);
        config.done();
        return new Resource.Function.Unattended(
                retries, Duration.ofSeconds(longest), deadLetters(p));
    }

    /** SAM has {@code DeadLetterQueue}, CloudFormation {@code DeadLetterConfig}. */
    private static Optional<String> deadLetters(Properties p) {
        Properties letters =
                p.object(p.has("DeadLetterQueue") ? "DeadLetterQueue" : "DeadLetterConfig");
        Optional<String> arn = letters.text("TargetArn");
        if (letters.text("Type").orElse("SQS").equals("SNS")
                || arn.filter(text -> !text.startsWith("arn:aws:sqs:")).isPresent()) {
            throw letters.fault("TargetArn", "must be a queue here");
        }
        letters.done();
        return arn;
    }

    private static Map<String, String> environment(Properties environment) {
        Map<String, String> result = new HashMap<>();
        Properties variables = environment.object("Variables");
        for (String name : variables.keys()) {
            // Lambda's reserved names (developer guide, "Defined runtime environment variables").
            if (name.startsWith("AWS_")
                    && (name.startsWith("AWS_LAMBDA_")
                            || name.equals("AWS_REGION")
                            || name.equals("AWS_DEFAULT_REGION")
                            || name.startsWith("AWS_ACCESS_KEY")
                            || name.startsWith("AWS_SECRET_ACCESS_KEY")
                            || name.equals("AWS_SESSION_TOKEN"))) {
                throw variables.fault(name, "is set by Lambda itself");
            }
            variables.text(name).ifPresent(value -> result.put(name, value));
        }
        environment.done();
        return result;
    }
}
