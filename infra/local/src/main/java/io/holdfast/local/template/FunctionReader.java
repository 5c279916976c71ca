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
                "DeadLetterConfig",
                "DeploymentPreference",
                "Description",
                "EphemeralStorage",
                "EventInvokeConfig",
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
                concurrency);
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
